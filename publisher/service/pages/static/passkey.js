// The browser is asked for a passkey, and its answer goes to the desk. Where it knows none, nothing of this is there.
const known = window.PublicKeyCredential?.parseCreationOptionsFromJSON !== undefined;

async function told(path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.detail);
  return found;
}

async function answered(form) {
  const { look, answer, making, to } = form.dataset;
  const { options } = await told(look, {});
  const publicKey =
    making === undefined
      ? PublicKeyCredential.parseRequestOptionsFromJSON(options)
      : PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const found = await (making === undefined
    ? navigator.credentials.get({ publicKey })
    : navigator.credentials.create({ publicKey }));
  const name = form.elements.name?.value;
  const said = { credential: found.toJSON() };
  await told(answer, name === undefined ? said : { ...said, name });
  location.assign(to);
}

for (const form of known ? document.querySelectorAll("form[data-answer]") : []) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const said = form.querySelector("[role=status]");
    said.textContent = "";
    answered(form).catch((error) => {
      said.textContent = error.name === "Error" ? error.message : form.dataset.none;
    });
  });
}
