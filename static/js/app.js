// What every page needs beyond HTML: dialogs, one submit at a time, hotkeys, the scanner, toasts.
(function () {
  "use strict";
  const say = (name) => document.body.dataset["say" + name] || "";
  const openDialog = () => [...document.querySelectorAll("dialog[open]")].pop() || null;
  const scope = () => openDialog() || document;
  const isVisible = (el) => el.getClientRects().length > 0 && !el.disabled;

  // -- Toasts: what a partial answer could not say on its own -------------------------------
  function toast(text, kind) {
    const box = document.createElement("div");
    box.className = `toast alert alert-${kind || "error"}`;
    box.tabIndex = -1;
    box.setAttribute("role", "alert");
    box.textContent = text;
    const focused = document.activeElement;
    box.back = focused.back || focused;
    // What is said again, by a page that keeps asking, takes the place of what was said.
    document.querySelectorAll(".toast").forEach((old) => old.textContent === text && old.remove());
    // A modal dialog hides everything outside itself, so the toast goes into it.
    const dialog = openDialog();
    (dialog ? dialog.querySelector(".dialog-body") || dialog : document.getElementById("toasts")).prepend(box);
    if (dialog) box.focus(); // a clerk who types on would otherwise miss it
    setTimeout(() => leave(box), 10000);
  }
  // The keyboard goes on where it was, or at the button where that field is gone.
  function leave(box) {
    const hadFocus = document.activeElement === box;
    const button = box.closest("dialog")?.querySelector("[type=submit]");
    box.remove();
    if (hadFocus) (box.back.isConnected && box.back !== document.body ? box.back : button)?.focus();
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches?.(".toast")) return;
    event.preventDefault();
    leave(event.target);
  });
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    toast(say(status === 401 ? "Expired" : status === 403 ? "Forbidden" : "Failed"));
  });
  document.addEventListener("htmx:sendError", () => toast(say("Offline")));
  document.addEventListener("htmx:timeout", () => toast(say("Offline")));

  // -- Dialogs: data-open="dialog-id", data-close; data-open-now opens what an answer brought -
  function show(dialog) {
    if (!dialog || dialog.open) return;
    dialog.showModal();
    (dialog.querySelector("[autofocus]") || dialog.querySelector(".dialog-body :is(input:not([type=hidden]), select, textarea)") || dialog).focus();
  }
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) return show(document.getElementById(opener.dataset.open));
    if (event.target.closest("[data-close]")) return event.target.closest("dialog")?.close();
    if (event.target.closest("[data-print]")) return window.print();
    if (event.target.closest("[data-dismiss]")) return event.target.closest(".alert")?.remove();
    document.querySelectorAll("details.menu[open]").forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
  });
  const showNew = () => document.querySelectorAll("dialog[data-open-now]").forEach(show);
  document.addEventListener("htmx:load", showNew);
  document.addEventListener("DOMContentLoaded", showNew);
  // A form that comes back begins at what is wrong; its sentence is read out with the field.
  document.addEventListener("DOMContentLoaded", () => document.querySelector("main [aria-invalid=true]")?.focus());
  // Where the tabs are wider than the page, the one that is open comes into view.
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(".tabs").forEach((tabs) => {
      const here = tabs.querySelector("[aria-current]");
      if (here) tabs.scrollLeft = here.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - here.offsetWidth) / 2;
    });
  });
  // What is secondary begins folded where the page is narrow: data-narrow-closed.
  document.addEventListener("DOMContentLoaded", () => {
    if (!matchMedia("(max-width: 39.99rem)").matches) return;
    document.querySelectorAll("details[data-narrow-closed]").forEach((details) => details.removeAttribute("open"));
  });
  // An answer may close the dialog it came from: HX-Trigger: close-dialog.
  document.addEventListener("close-dialog", () => openDialog()?.close());

  // -- One request at a time: a second submit is dropped while the first is under way ---------
  function setBusy(form, busy) {
    form.classList.toggle("is-busy", busy);
    form.setAttribute("aria-busy", String(busy));
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.classList.contains("is-busy")) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (!form.matches("[data-repeatable], [method=dialog], [method=get], [target=_blank]")) {
      // Whoever stopped the submit (htmx, a confirmation) looks after the form itself.
      setTimeout(() => event.defaultPrevented || setBusy(form, true), 0);
    }
  }, true);
  const follow = (busy) => (event) => {
    const form = event.target.closest?.("form");
    if (form && event.detail.requestConfig?.verb !== "get") setBusy(form, busy);
  };
  document.addEventListener("htmx:beforeRequest", follow(true));
  document.addEventListener("htmx:afterRequest", follow(false));
  window.addEventListener("pageshow", () => document.querySelectorAll("form.is-busy").forEach((form) => setBusy(form, false)));

  // -- A file above the limit is refused before it is sent: data-max-bytes, data-too-large ----
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (!box.matches("input[type=file][data-max-bytes]")) return;
    const isLarge = [...box.files].some((file) => file.size > Number(box.dataset.maxBytes));
    box.setCustomValidity(isLarge ? box.dataset.tooLarge : "");
    box.reportValidity();
  });

  // -- Hotkeys: data-hotkey="F2" presses a button or focuses a field; the top dialog comes first
  function press(event) {
    if (event.isComposing || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    const target = [...scope().querySelectorAll(`[data-hotkey="${CSS.escape(event.key)}"]`)].find(isVisible);
    const atWork = document.activeElement?.matches("input, select, textarea, button, a, summary");
    if (!target || (atWork && (event.key.length === 1 || event.key === "Enter"))) return;
    event.preventDefault();
    if (target.matches("input, select, textarea")) { target.focus(); target.select?.(); } else target.click();
  }

  // -- Scanner: keys in a burst, ended by Enter, belong to [data-scan-target] wherever the focus is
  // ... unless more is to be said in its form: data-scan-target="stays".
  const GAP = 80, SHORTEST = 6, STAYS = "[data-scan-target=stays]";
  let burst = null;
  const target = () => [...scope().querySelectorAll("[data-scan-target]")].find(isVisible) || null;

  function deliver(code) {
    const box = target();
    if (!box) return toast(say("Dialog"), "warning");
    box.value = code;
    box.focus();
    box.dispatchEvent(new Event("input", { bubbles: true }));
    if (!box.matches(STAYS)) box.form?.requestSubmit();
  }
  // A key may choose and lead elsewhere: each field that the burst changed is as it was before.
  function putBack(fields) {
    fields.filter(([field, value]) => field.value !== value).forEach(([field, value]) => {
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    fields.forEach(([field, , checked]) => checked && !field.checked && field.click());
  }
  function listen(event) {
    const field = document.activeElement;
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey || field?.matches(`[data-scan-target]:not(${STAYS})`)) return false;
    // Where no page waits for a code, a scanner types into a field like anybody else.
    if (!document.querySelector("[data-scan-target]")) return false;
    const now = event.timeStamp;
    if (event.key === "Enter") {
      const done = burst && now - burst.last <= GAP ? burst : null;
      const prefix = document.querySelector("[data-scan-prefix]")?.dataset.scanPrefix || "";
      burst = null;
      if (!done || done.code.length < SHORTEST || !done.code.startsWith(prefix)) return false;
      event.preventDefault();
      event.stopImmediatePropagation();
      putBack(done.fields);
      deliver(done.code.slice(prefix.length));
      return true;
    }
    if (event.key.length !== 1 || event.repeat) return false;
    if (!burst || now - burst.last > GAP) burst = { code: "", fields: [...scope().querySelectorAll("input, select, textarea")].map((one) => [one, one.value, one.checked]) };
    burst.code += event.key;
    burst.last = now;
    return burst.code.length > 1; // inside a burst a single key is no hotkey
  }
  document.addEventListener("keydown", (event) => listen(event) || press(event), true);
})();
