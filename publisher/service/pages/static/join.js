// What stands behind the # of an invite's link no browser sends by itself: it is put into the form, and out of sight.
const form = document.querySelector("form[data-join]");
const secret = location.hash.slice(1);
if (form !== null && secret !== "") {
  history.replaceState(null, "", location.pathname);
  form.elements.invite.value = secret;
  form.requestSubmit();
}
