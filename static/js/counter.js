// The counter's keys: arrows through the hits, Enter that never opens a stale list, Ctrl Z for the last entry.
(function () {
  "use strict";
  const box = () => document.getElementById("box");
  const hits = () => [...document.querySelectorAll("#hits .hit, #hits [data-enrol]")];
  const isFresh = () => document.querySelector("#hits [data-hits-for]")?.dataset.hitsFor === box()?.value.trim();

  function move(event, step) {
    const all = hits();
    if (!all.length) return;
    const at = all.indexOf(document.activeElement);
    event.preventDefault();
    if (at < 0) all[step > 0 ? 0 : all.length - 1].focus();
    else if (at + step < 0) box().focus();
    else all[Math.min(at + step, all.length - 1)].focus();
  }
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || document.querySelector("dialog[open]")) return;
    const inBox = event.target === box();
    // Whoever types into nothing means the box.
    if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && document.activeElement === document.body) box()?.focus();
    if ((inBox || event.target.closest?.("#hits")) && event.key === "ArrowDown") move(event, 1);
    else if (event.target.closest?.("#hits") && event.key === "ArrowUp") move(event, -1);
    else if (inBox && event.key === "Escape") clear();
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !(inBox && box().value)) {
      const last = document.querySelector("[data-undo-last]");
      if (last) { event.preventDefault(); last.click(); }
    }
  });
  function clear() {
    box().value = "";
    document.getElementById("hits").replaceChildren();
  }

  // Enter in the box: one fresh hit opens, several wait for the arrows, anything else asks the server.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".counter-box")) return;
    const all = isFresh() ? hits() : [];
    if (!box().value.trim()) event.preventDefault();
    else if (all.length === 1) { event.preventDefault(); all[0].click(); }
    else if (all.length > 1) { event.preventDefault(); all[0].focus(); }
  });

  // A number that waits to be overtyped is selected; an amount that is typed chooses its offer.
  document.addEventListener("focusin", (event) => event.target.matches?.("[data-select]") && event.target.select());
  document.addEventListener("input", (event) => {
    const free = event.target.id === "free" && document.querySelector('input[name="offer"][value="free"]');
    if (free && !free.checked) free.checked = true;
  });
  // Nor is an amount lost that somebody types while an offer has the focus.
  document.addEventListener("keydown", (event) => {
    if (!/^[0-9]$/.test(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    const free = event.target.matches?.('dialog input[name="offer"]') && document.querySelector('dialog input[name="offer"][value="free"]');
    if (free) { free.click(); document.getElementById("free").focus(); }
  });
  // What is typed into the box of a bill is a draft only once Enter is pressed.
  document.addEventListener("change", (event) => event.target.matches?.("[data-no-draft]") && event.stopPropagation(), true);

  // Enter does in a closed list what it does in every other field of a panel: it presses the button.
  const isClosed = (list) => CSS.supports("selector(:open)") && !list.matches(":open");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !event.target.matches?.("dialog select")) return;
    const button = [...(event.target.form?.elements ?? [])].find((field) => field.type === "submit");
    if (button && isClosed(event.target)) { event.preventDefault(); button.click(); }
  });

  // A closed panel is gone, so that its keys are; the box is ready for the next.
  document.addEventListener("close", (event) => {
    if (event.target.id !== "action") return;
    event.target.remove();
    if (!document.querySelector("dialog[open]")) box()?.focus();
  }, true);
})();
