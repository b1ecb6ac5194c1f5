// Creates or uses a passkey when the person presses the button, and sends it by the form of the
// page. The library in front of this script makes SimpleWebAuthnBrowser.

const form = document.querySelector('form[data-passkey]')
const failure = document.getElementById('passkey-failure')
if (form && SimpleWebAuthnBrowser.browserSupportsWebAuthn()) form.hidden = false
else if (form) failure.hidden = false

form?.addEventListener('submit', async (event) => {
  event.preventDefault()
  failure.hidden = true
  const { startAuthentication, startRegistration } = SimpleWebAuthnBrowser
  const start = form.dataset.passkey === 'create' ? startRegistration : startAuthentication
  try {
    const answer = await start({ optionsJSON: JSON.parse(form.dataset.options) })
    form.elements.answer.value = JSON.stringify(answer)
    form.submit()
  } catch {
    failure.hidden = false // cancelled, timed out, or nothing fits
  }
})
