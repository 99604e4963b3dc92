// Upload form: drag and drop, preview, progress, one submission at a time.
// Without this script the form does the same job by plain navigation.
"use strict";

(() => {
  const megabytes = (bytes) =>
    bytes >= 100_000 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1e3))} kB`;

  let previewUrl = "";
  let sending = null;

  const find = (name) => document.querySelector(`[data-${name}]`);
  const input = (name) => document.getElementById(name);

  function chosenFile() {
    return input("photo").files[0] || input("camera").files[0] || null;
  }

  function revokePreview() {
    if (previewUrl) {
      URL.revokeObjectURL(previewUrl);
      previewUrl = "";
    }
  }

  function tooLarge(file) {
    return file !== null && file.size > Number(find("upload").dataset.maxBytes);
  }

  function showError(text) {
    find("error-text").textContent = text;
    find("error").hidden = !text;
    find("drop").classList.toggle("drop--error", Boolean(text));
    const photo = input("photo");
    photo.setAttribute("aria-describedby", text ? "photo-hint photo-error" : "photo-hint");
    if (text) {
      photo.setAttribute("aria-invalid", "true");
    } else {
      photo.removeAttribute("aria-invalid");
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

  function fileChanged() {
    const file = chosenFile();
    showPreview(file);
    showError(tooLarge(file) ? find("upload").dataset.tooLarge : "");
  }

  // Whichever input was used last is the one that counts.
  function onChange(event) {
    if (event.target.files.length) {
      input(event.target.id === "photo" ? "camera" : "photo").value = "";
    }
    fileChanged();
  }

  function showBusy(text) {
    const button = find("submit");
    if (text) {
      button.setAttribute("aria-disabled", "true");
    } else {
      button.removeAttribute("aria-disabled");
    }
    find("progress").hidden = !text;
    find("progress-text").textContent = text;
  }

  function showUploaded(event) {
    const bar = find("progress-bar");
    if (event.lengthComputable && event.loaded < event.total) {
      bar.value = Math.round((100 * event.loaded) / event.total);
    }
  }

  function showAnalysing() {
    find("progress-bar").removeAttribute("value");
    showBusy("Assessing the photo…");
  }

  // A refusal or an error page: its main part takes the place of ours, the address stays.
  function showAnswer(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const main = page.querySelector("main");
    if (!main) {
      lost();
      return;
    }
    revokePreview();
    const view = find("upload").elements.view.value;
    document.title = page.title;
    document.querySelector("main").replaceWith(document.adoptNode(main));
    // Who is turned away unread gets a form that can't know what was chosen on this one.
    if (find("upload")) {
      find("upload").elements.view.value = view;
    }
    enhance();
    focusSummary();
    window.scrollTo(0, 0);
  }

  function focusSummary() {
    (document.querySelector(".error-summary__title") || document.getElementById("main")).focus();
  }

  function lost() {
    showBusy("");
    document.querySelector(".error-summary")?.remove();
    document.getElementById("main").prepend(find("lost").content.cloneNode(true));
    focusSummary();
  }

  function send(form) {
    const request = new XMLHttpRequest();
    sending = request;
    request.upload.onprogress = showUploaded;
    request.upload.onload = showAnalysing;
    request.onload = () => {
      sending = null;
      if (request.status === 200) {
        window.location.assign(request.responseURL);
      } else {
        showAnswer(request.responseText);
      }
    };
    request.onerror = () => {
      sending = null;
      lost();
    };
    request.open("POST", form.action);
    request.send(new FormData(form));
    find("progress-bar").value = 0;
    showBusy("Sending the photo…");
  }

  function onSubmit(event) {
    event.preventDefault();
    if (sending) {
      return;
    }
    if (tooLarge(chosenFile())) {
      input("photo").focus();
      return;
    }
    send(event.target);
  }

  function offerDropping() {
    const zone = find("drop");
    find("drop-hint").hidden = false;
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("drop--over");
    });
    zone.addEventListener("dragleave", (event) => {
      if (!zone.contains(event.relatedTarget)) {
        zone.classList.remove("drop--over");
      }
    });
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("drop--over");
      if (event.dataTransfer.files.length > 1) {
        showError(find("upload").dataset.several);
      } else if (event.dataTransfer.files.length) {
        input("photo").files = event.dataTransfer.files;
        input("camera").value = "";
        fileChanged();
      }
    });
  }

  function enhance() {
    const form = find("upload");
    if (!form) {
      return;
    }
    form.addEventListener("submit", onSubmit);
    input("photo").addEventListener("change", onChange);
    input("camera").addEventListener("change", onChange);
    offerDropping();
  }

  // Back from the result: the page may return as it was left, mid-submission.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && find("upload")) {
      sending = null;
      showBusy("");
      fileChanged();
    }
  });

  enhance();
})();
