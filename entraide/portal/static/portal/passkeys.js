// Passkeys: allauth's own scripts speak with the browser; here is which button does what, and what people are told.

const trouble = document.querySelector("[data-passkey-trouble]");
const tell = (words) => { trouble.textContent = words; trouble.hidden = false; };

for (const button of document.querySelectorAll("[data-passkey]")) {
  const { passkey, credential, passwordless } = button.dataset;
  if (!window.PublicKeyCredential) {
    button.addEventListener("click", () => tell(trouble.dataset.unsupported));
    continue;
  }
  const ids = { login: button.id, authenticate: button.id, add: button.id, credential, data: "passkey_data" };
  if (passwordless) ids.passwordless = passwordless;
  window.allauth.webauthn.forms[passkey]({ ids });
}

// What the browser says is for programmers; an error in its console would be noise.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  tell(event.detail.exception?.name === "InvalidStateError" ? trouble.dataset.known : trouble.dataset.failed);
});
