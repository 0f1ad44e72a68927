"""Only the daemon opens the vault."""

from test_architecture import imports, modules

OPENS = ("publisher.daemon.vault", "publisher.daemon.connecting")


def test_nobody_but_the_daemon_imports_what_opens_the_vault():
    users = {
        module.name
        for module in modules()
        for name, _ in imports(module)
        if name.startswith(OPENS) and not module.under("publisher.daemon")
    }
    assert users == set()


def test_nobody_else_knows_the_cipher_it_is_sealed_with():
    users = {m.name for m in modules() for name, _ in imports(m) if "aead" in name}
    assert users == {"publisher.daemon.vault", "publisher.store.sealed"}


def test_what_seals_second_factors_seals_nothing_else():
    """Its key is made of the ledger's, which the desk has."""
    users = {
        m.name for m in modules() for name, _ in imports(m) if name == "publisher.store.sealed"
    }
    assert users == {"publisher.store.factors"}
