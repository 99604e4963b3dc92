// Tells on the upload page what is wrong, as the server does: a summary that takes the focus, the
// page's title, and the field where it is the photo. All words stand in the page.
"use strict";

const telling = (() => {
  const find = (name) => document.querySelector(`[data-${name}]`);
  const copyOf = (name) => find(name).content.cloneNode(true);

  function focus() {
    (document.querySelector(".error-summary__title") || document.getElementById("main")).focus();
  }

  function showSummary(summary) {
    document.querySelector(".error-summary")?.remove();
    const prefix = find("upload").dataset.errorPrefix;
    const title = document.title;
    const plain = title.startsWith(prefix) ? title.slice(prefix.length) : title;
    document.title = summary ? prefix + plain : plain;
    if (summary) {
      document.getElementById("main").prepend(summary);
      focus();
    }
  }

  function markField(text) {
    find("error-text").textContent = text;
    find("error").hidden = !text;
    find("drop").classList.toggle("drop--error", Boolean(text));
    const photo = document.getElementById("photo");
    photo.closest(".field").classList.toggle("field--error", Boolean(text));
    photo.setAttribute("aria-describedby", text ? "photo-hint photo-error" : "photo-hint");
    if (text) {
      photo.setAttribute("aria-invalid", "true");
    } else {
      photo.removeAttribute("aria-invalid");
    }
  }

  function nothing() {
    markField("");
    showSummary(null);
  }

  // What is wrong with the photo.
  function problem(text) {
    const summary = copyOf("problem");
    summary.querySelector("a").textContent = text;
    markField(text);
    showSummary(summary);
  }

  // What went wrong with sending it.
  function trouble(name, status) {
    const summary = copyOf(`trouble=${name}`);
    for (const place of summary.querySelectorAll("[data-status]")) {
      place.textContent = status;
    }
    showSummary(summary);
  }

  // What a page of ours without the form says, so that the chosen photo need not be given up for it.
  function page(main) {
    const summary = copyOf("trouble=page");
    const title = summary.querySelector(".error-summary__title");
    title.textContent = main.querySelector("h1").textContent;
    const told = [...main.querySelectorAll("p:not(.kicker)")].filter((one) => !one.querySelector("a"));
    title.after(...told.map((one) => document.importNode(one, true)));
    showSummary(summary);
  }

  return { focus, nothing, page, problem, trouble };
})();
