// Sends the photo, and tells apart what can have become of it.
// The words for a trouble stand in the page, in the template of the same name.
"use strict";

const sending = (() => {
  const LOCKED_OUT = "locked-out";
  const UNREACHABLE = "unreachable";
  // Of answers that are not ours: a proxy gives them.
  const TROUBLES = {
    401: LOCKED_OUT,
    403: LOCKED_OUT,
    413: "too-large",
    502: UNREACHABLE,
    503: UNREACHABLE,
    504: UNREACHABLE,
  };

  // A browser reads the file only when it is sent. By then it may have been changed, or be gone
  // with the card that it was on.
  async function isReadable(file) {
    try {
      await file.slice(0, 1).arrayBuffer();
      return true;
    } catch {
      return false;
    }
  }

  function troubleOf(status) {
    // A page that is neither a case nor a refusal: a login that stands in the way.
    return status < 300 ? LOCKED_OUT : TROUBLES[status] || "other";
  }

  function answered(request, address) {
    // Whatever became of showing it: the case was made, and can be asked for again there.
    if (request.responseURL.startsWith(`${address}/`)) {
      return { caseAddress: request.responseURL };
    }
    const status = request.status;
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const main = page.querySelector("main#main.page");
    if (main && status >= 300) {
      return { main, status, title: page.title };
    }
    return { trouble: troubleOf(status), status };
  }

  function post(address, data, on) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      let sentWhole = false;
      request.upload.onprogress = on.progress;
      request.upload.onload = () => {
        sentWhole = true;
        on.sent();
      };
      request.onload = () => resolve(answered(request, address));
      // Once all is sent, the server may have taken the photo, and only its answer is lost.
      const lost = () => resolve({ trouble: sentWhole ? "unanswered" : "unsent" });
      request.onerror = lost;
      request.onabort = lost;
      request.open("POST", address);
      request.send(data);
    });
  }

  // One of: caseAddress; main, status and title of a page of ours; trouble, and status if any.
  async function send(address, data, file, on) {
    if (file && !(await isReadable(file))) {
      return { trouble: "unreadable" };
    }
    const outcome = await post(address, data, on);
    const brokeOff = outcome.trouble === "unsent" && file;
    return brokeOff && !(await isReadable(file)) ? { trouble: "unreadable" } : outcome;
  }

  return { send };
})();
