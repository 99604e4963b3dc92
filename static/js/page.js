// Small helps on every page; nothing depends on them.
"use strict";

// Focus goes to what is wrong, so that screen readers and keyboards start there.
function focusErrorSummary() {
  const title = document.querySelector(".error-summary__title");
  if (title) {
    title.focus();
  }
}

// UTC stays in the page; the reader's own time is put beside it.
function showLocalTimes() {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const time of document.querySelectorAll("time[data-local]:not([title])")) {
    time.title = time.textContent;
    if (new Date(time.dateTime).getTimezoneOffset() !== 0) {
      time.textContent = `${format.format(new Date(time.dateTime))} (${time.textContent})`;
    }
  }
}

function offerPrinting() {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

focusErrorSummary();
showLocalTimes();
offerPrinting();
