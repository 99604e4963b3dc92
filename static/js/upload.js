// Upload form: drag and drop, preview, progress, one submission at a time. Beside it stand telling.js
// and sending.js.
// Without this script the form does the same job by plain navigation.
"use strict";

(() => {
  const FIELDS = ["photo", "camera"];
  // Sent again, the same photo would be refused again.
  const PHOTO_REFUSED = [413, 422];

  const megabytes = (bytes) =>
    bytes >= 100_000 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1e3))} kB`;

  let previewUrl = "";
  let underWay = null;

  const find = (name) => document.querySelector(`[data-${name}]`);
  const input = (name) => document.getElementById(name);
  const words = () => find("upload").dataset;

  function chosenFile() {
    return input("photo").files[0] || input("camera").files[0] || null;
  }

  function chooseNone() {
    for (const name of FIELDS) {
      input(name).value = "";
    }
    showPreview(null);
  }

  function revokePreview() {
    if (previewUrl) {
      URL.revokeObjectURL(previewUrl);
      previewUrl = "";
    }
  }

  function showPreview(file) {
    revokePreview();
    find("preview").hidden = !file;
    if (!file) {
      return;
    }
    const photo = find("preview-photo");
    const none = find("preview-none");
    photo.hidden = true;
    none.hidden = true;
    photo.onload = () => { photo.hidden = false; };
    photo.onerror = () => { none.hidden = false; };
    previewUrl = URL.createObjectURL(file);
    photo.src = previewUrl;
    find("file-name").textContent = file.name;
    find("file-size").textContent = megabytes(file.size);
  }

  function tooLarge(file) {
    return file !== null && file.size > Number(words().maxBytes);
  }

  function fileChanged() {
    const file = chosenFile();
    showPreview(file);
    if (tooLarge(file)) {
      telling.problem(words().tooLarge);
    } else {
      telling.nothing();
    }
  }

  // Whichever input was used last is the one that counts.
  function onChange(event) {
    if (event.target.files.length) {
      input(event.target.id === "photo" ? "camera" : "photo").value = "";
    }
    fileChanged();
  }

  // While one photo is on its way, the page must not show another one or another choice.
  function lock(locked) {
    const controls = [...FIELDS.map(input), ...find("upload").elements.view];
    if (locked && controls.includes(document.activeElement)) {
      find("submit").focus();
    }
    for (const control of controls) {
      control.disabled = locked;
    }
  }

  function showBusy(text) {
    const button = find("submit");
    if (text) {
      button.setAttribute("aria-disabled", "true");
    } else {
      button.removeAttribute("aria-disabled");
    }
    find("progress-bar").hidden = !text;
    find("progress-text").textContent = text;
  }

  function unlock() {
    underWay = null;
    lock(false);
    showBusy("");
  }

  function showUploaded(event) {
    const bar = find("progress-bar");
    if (event.lengthComputable && event.loaded < event.total) {
      bar.value = Math.round((100 * event.loaded) / event.total);
    }
  }

  function showAnalysing() {
    find("progress-bar").removeAttribute("value");
    showBusy(words().assessing);
  }

  // A refusal: its main part takes the place of ours, the address stays.
  function showPage({ main, status, title }) {
    const view = find("upload").elements.view.value;
    const submission = find("upload").elements.submission.value;
    const chosen = FIELDS.map((name) => input(name).files);
    revokePreview();
    document.title = title;
    document.querySelector("main").replaceWith(document.adoptNode(main));
    if (find("upload")) {
      // Who is turned away unread gets a form that can't know what was chosen on this one.
      find("upload").elements.view.value = view;
      // An earlier try may have been taken, and only its answer lost.
      find("upload").elements.submission.value = submission;
      if (!PHOTO_REFUSED.includes(status)) {
        // The only copy, perhaps: a phone need not keep what its camera took for a page.
        FIELDS.forEach((name, index) => { input(name).files = chosen[index]; });
      }
    }
    enhance();
    telling.focus();
    window.scrollTo(0, 0);
  }

  function show(outcome) {
    if (outcome.caseAddress) {
      // Still locked: the photo is not sent again while its case is opened.
      window.location.assign(outcome.caseAddress);
      return;
    }
    unlock();
    if (outcome.trouble === "unreadable") {
      chooseNone();
      telling.problem(words().unreadable);
    } else if (outcome.trouble) {
      telling.trouble(outcome.trouble, outcome.status);
    } else if (PHOTO_REFUSED.includes(outcome.status) || outcome.main.querySelector("[data-upload]")) {
      showPage(outcome);
    } else {
      telling.page(outcome.main);
    }
  }

  async function onSubmit(event) {
    event.preventDefault();
    if (underWay) {
      return;
    }
    const form = event.target;
    const file = chosenFile();
    if (tooLarge(file)) {
      telling.problem(words().tooLarge);
      return;
    }
    const turn = {};
    underWay = turn;
    // Disabled fields are not sent: the data come first.
    const data = new FormData(form);
    lock(true);
    telling.nothing();
    find("progress-bar").value = 0;
    showBusy(words().sending);
    const on = { progress: showUploaded, sent: showAnalysing };
    const outcome = await sending.send(form.action, data, file, on);
    if (underWay === turn) {
      show(outcome);
    }
  }

  function onDrop(event) {
    event.preventDefault();
    find("drop").classList.remove("drop--over");
    const files = event.dataTransfer.files;
    if (underWay || !files.length) {
      return;
    }
    chooseNone();
    if (files.length > 1) {
      telling.problem(words().several);
    } else {
      input("photo").files = files;
      fileChanged();
    }
  }

  function offerDropping() {
    const zone = find("drop");
    find("drop-hint").hidden = false;
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.toggle("drop--over", !underWay);
    });
    zone.addEventListener("dragleave", (event) => {
      if (!zone.contains(event.relatedTarget)) {
        zone.classList.remove("drop--over");
      }
    });
    zone.addEventListener("drop", onDrop);
  }

  function enhance() {
    const form = find("upload");
    if (!form) {
      return;
    }
    form.addEventListener("submit", onSubmit);
    for (const name of FIELDS) {
      input(name).addEventListener("change", onChange);
    }
    offerDropping();
    // A browser may bring back both the file and the lock of an earlier visit.
    unlock();
    showPreview(chosenFile());
  }

  // Back from the result: the page may return as it was left, mid-submission.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && find("upload")) {
      unlock();
      fileChanged();
    }
  });

  enhance();
})();
