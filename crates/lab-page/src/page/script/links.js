// Links to states of the page: the guided steps of each part, and the button that copies a link.

/** @param {import("./state.js").Store & { follow: (hash: string) => void, link: (anchor: string) => string, names: (hash: string) => boolean }} store */
export function links({ follow, link, names, onChange }) {
  const steps = /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".guide a"));
  for (const step of steps) {
    step.addEventListener("click", event => {
      // A new tab gets the link as it is.
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      follow(step.hash.slice(1));
    });
  }
  onChange(() => steps.forEach(step => (names(step.hash.slice(1)) ? step.setAttribute("aria-current", "true") : step.removeAttribute("aria-current"))));
  for (const button of document.querySelectorAll("button[data-copy]")) {
    const said = /** @type {HTMLElement} */ (button.nextElementSibling);
    const box = /** @type {HTMLInputElement} */ (said.nextElementSibling);
    button.addEventListener("click", async () => {
      const address = link(button.closest("section")?.id ?? "");
      said.textContent = "";
      box.hidden = true;
      try {
        await navigator.clipboard.writeText(address);
        said.textContent = "The link is copied.";
      } catch {
        // Where the browser does not let a page copy, the reader does.
        said.textContent = "Copy the link from here:";
        [box.value, box.hidden] = [address, false];
        box.select();
      }
    });
  }
}
