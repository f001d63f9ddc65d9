// A button that shows the password. Without scripts there is none, and the form works as ever.
const field = document.querySelector("input[data-show]");
if (field) {
  const button = document.createElement("button");
  button.type = "button";
  button.id = "show-password";
  button.title = field.dataset.show;
  button.setAttribute("aria-label", field.dataset.show);
  button.setAttribute("aria-controls", field.id);
  button.innerHTML =
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12Z"/><circle cx="12" cy="12" r="3"/><path class="strike" d="m4 20 16-16"/></svg>';
  const show = (shown) => {
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", shown);
  };
  button.addEventListener("click", () => show(field.type === "password"));
  // What was shown is a password again before anything keeps, autofills or restores it.
  field.form.addEventListener("submit", () => show(false));
  addEventListener("pageshow", () => show(false));
  show(false);
  field.after(button);
}
