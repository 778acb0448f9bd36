"use strict";
(() => {
  const words = document.body.dataset;
  const skew = Number(words.now) - Date.now();
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));

  // Countdowns: the page says what is left when it was made, this counts on by the shop's clock.
  const fill = (text, values) => text.replace(/\{(\w)\}/g, (_, name) => values[name]);
  const tick = () => all("[data-until]").forEach((place) => {
    const seconds = Math.floor((Number(place.dataset.until) - Date.now() - skew) / 1000);
    const d = Math.floor(seconds / 86400), h = Math.floor(seconds / 3600) % 24, m = Math.floor(seconds / 60) % 60;
    const text = seconds < 0 ? words.over : d ? words.days : h ? words.hours : m ? words.minutes : words.seconds;
    const shown = fill(text, { d, h, m, s: seconds % 60 });
    if (place.textContent !== shown) place.textContent = shown;
  });

  // Drafts: what was typed survives a reload, on this device only, until the form was accepted.
  const store = { get: (k) => { try { return JSON.parse(localStorage.getItem(k)); } catch { return null; } },
    set: (k, v) => { try { v ? localStorage.setItem(k, JSON.stringify(v)) : localStorage.removeItem(k); } catch { } } };
  const keepDraft = (form) => {
    const key = "draft:" + form.dataset.draft;
    const fields = all("textarea, select, input", form).filter((f) => f.name && !/^(password|hidden|file|submit)$/.test(f.type));
    const saved = store.get(key);
    if (saved && !form.hasAttribute("data-filled")) fields.forEach((f) => {
      const values = saved[f.name] || [];
      if (f.type === "checkbox" || f.type === "radio") { if (!/^(to_balance|evidence)$/.test(f.name)) f.checked = values.includes(f.value); }
      else if (values.length) f.value = values[0];
    });
    form.addEventListener("input", () => {
      const draft = {};
      fields.forEach((f) => {
        if ((f.type === "checkbox" || f.type === "radio") && !f.checked) return;
        (draft[f.name] = draft[f.name] || []).push(f.value);
      });
      store.set(key, draft);
    });
  };

  // Parts of a form that only one choice needs.
  const show = () => all("[data-when]").forEach((part) => {
    const [name, values] = part.dataset.when.split("=");
    const form = part.closest("form");
    const chosen = all(`[name="${name}"]`, form).filter((f) => !/radio|checkbox/.test(f.type) || f.checked).map((f) => f.value);
    part.hidden = !values.split("|").some((value) => chosen.includes(value));
  });

  // What is read in a text while it is written: a hint before it is sent, never a hindrance.
  const readAlong = (field) => {
    const place = field.form.querySelector("[data-hints]");
    let waiting = 0, asked = field.value;
    field.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        const text = field.value;
        if (text === asked) return;
        asked = text;
        try {
          const answer = await fetch(field.dataset.check, { method: "POST", body: new URLSearchParams({ text }) });
          if (answer.ok && text === field.value) place.innerHTML = await answer.text();
        } catch { }
      }, 600);
    });
  };

  // A preview that follows what is typed; its button does the same without scripts.
  const follow = (form) => {
    let waiting = 0, asked = 0;
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        const turn = ++asked, typed = new URLSearchParams(new FormData(form));
        typed.set("do", "preview");
        try {
          const answer = await fetch(form.action, { method: "POST", body: typed });
          const fresh = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(form.dataset.preview);
          if (fresh && turn === asked) document.getElementById(form.dataset.preview).replaceChildren(...fresh.childNodes);
        } catch { }
      }, 400);
    });
  };

  // Copying a code.
  const copies = (button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
      button.textContent = button.dataset.done;
    });
  };

  // What a page, or the new part of one, needs.
  const setUp = (root) => {
    all("[data-draft-done]", root).forEach((mark) => store.set("draft:" + mark.dataset.draftDone, null));
    all("form[data-draft]", root).forEach(keepDraft);
    all("textarea[data-check]", root).forEach(readAlong);
    all("form[data-preview]", root).forEach(follow);
    all("[data-copy]", root).forEach(copies);
    show();
    tick();
  };
  setUp(document);
  setInterval(tick, 1000);
  document.addEventListener("change", show);

  // A refused form: the summary is read first, and leads to the field, which lies open.
  const summary = document.getElementById("summary");
  if (summary) {
    const wrong = summary.dataset.wrong && document.getElementById("wrong-" + summary.dataset.wrong);
    const field = wrong && (document.querySelector(`[aria-describedby~="${wrong.id}"]`) || document.getElementsByName(summary.dataset.wrong)[0]);
    for (let fold = wrong && wrong.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    const link = summary.querySelector("a");
    if (link && field) link.addEventListener("click", (event) => { event.preventDefault(); field.focus(); });
    summary.focus();
  }

  // News of what the page is about. The browser comes back by itself when the line breaks; where it was sent away for a
  // time, it is sent again later and later. What somebody is writing is never touched.
  const main = document.getElementById("main"), toasts = document.getElementById("toasts");
  const toast = (text, action, act) => {
    toasts.textContent = "";
    if (!text) return;
    const box = document.createElement("p");
    box.className = "toast";
    box.append(text);
    if (action) {
      const link = document.createElement("a");
      link.href = "#";
      link.textContent = action;
      link.addEventListener("click", (event) => { event.preventDefault(); act(); });
      box.append(" ", link);
    }
    toasts.append(box);
  };
  const isBusy = () => {
    const at = document.activeElement;
    const typed = all("textarea, input, select", main).some((f) => /^(checkbox|radio)$/.test(f.type) ? f.checked !== f.defaultChecked
      : f.type === "file" ? f.files.length : f.type !== "hidden" && f.tagName !== "SELECT" && f.value !== f.defaultValue);
    return typed || (main.contains(at) && /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName)) || main.querySelector("form details[open], details.ask[open] form");
  };
  let waits = false;
  const renew = async () => {
    if (document.visibilityState !== "visible") { waits = true; return; }
    waits = false;
    try {
      const address = new URL(location.href);
      address.searchParams.delete("said");
      const answer = await fetch(address);
      if (!answer.ok || answer.redirected) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const content = document.getElementById("content"), next = fresh.getElementById("content");
      if (!next || next.innerHTML === content.innerHTML) return;
      if (isBusy()) {
        all("[data-part]", content).forEach((part) => {
          const other = fresh.getElementById(part.id);
          if (other && other.innerHTML !== part.innerHTML) { part.innerHTML = other.innerHTML; part.classList.add("fresh"); }
        });
        tick();
        toast(main.dataset.fresh, main.dataset.load, () => location.reload());
      } else {
        content.replaceChildren(...next.childNodes);
        setUp(content);
        all("[data-part]", content).forEach((part) => part.classList.add("fresh"));
        toast(main.dataset.fresh);
        setTimeout(toast, 4000);
      }
    } catch { }
  };
  if (main.dataset.live && window.EventSource) {
    let known = new URL(main.dataset.live, location.href), pause = 5000, lost = 0;
    const listen = () => {
      const news = new EventSource(known);
      news.addEventListener("open", () => { pause = 5000; clearTimeout(lost); lost = 0; if (toasts.dataset.lost) { delete toasts.dataset.lost; toast(); } });
      news.addEventListener("changed", (event) => { known.searchParams.set("known", event.data); renew(); });
      news.addEventListener("error", () => {
        lost = lost || setTimeout(() => { toasts.dataset.lost = "1"; toast(main.dataset.lost); }, 8000);
        if (news.readyState !== EventSource.CLOSED) return;
        setTimeout(listen, pause);
        pause = Math.min(pause * 2, 300000);
      });
      addEventListener("pagehide", () => { clearTimeout(lost); news.close(); }, { once: true });
    };
    listen();
    document.addEventListener("visibilitychange", () => { if (waits) renew(); });
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  }

  // A page that waits for a payment looks again, and goes on when the money is there.
  let wait = document.querySelector("[data-wait]");
  const look = async () => {
    try {
      const answer = document.visibilityState === "visible" && await fetch(location.href);
      if (answer && answer.redirected) { location.assign(answer.url); return; }
      const fresh = answer && answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-wait]");
      if (answer && answer.ok && !fresh) { location.reload(); return; }
      if (fresh && fresh.dataset.wait !== wait.dataset.wait) {
        // What only counts on is put in its place; anything else needs the whole page.
        if (!wait.dataset.inPlace || fresh.dataset.inPlace !== wait.dataset.inPlace) { location.reload(); return; }
        wait.replaceWith(fresh);
        wait = fresh;
      }
    } catch { }
    setTimeout(look, Number(wait.dataset.every) * 1000);
  };
  if (wait) setTimeout(look, Number(wait.dataset.every) * 1000);

  // A prepared reason goes into the text, to be changed there, and brings its code with it.
  all("select[data-fill]").forEach((select) => select.addEventListener("change", () => {
    const text = document.getElementById(select.dataset.fill), chosen = select.selectedOptions[0];
    if (chosen.value) text.value = chosen.value;
    const code = select.form.elements.code;
    if (code && chosen.dataset.code) code.value = chosen.dataset.code;
    text.focus();
  }));

  // Keys for people who work through a queue; never while something is typed.
  const lines = all("table[data-keys] tbody tr"), help = document.getElementById("keys");
  if (help || lines.length) {
    let line = -1;
    all("[data-keys-hint]").forEach((hint) => { hint.hidden = false; hint.addEventListener("click", () => help.open || help.showModal()); });
    const go = (to) => {
      if (!lines.length) return;
      line = Math.max(0, Math.min(lines.length - 1, to));
      lines.forEach((row, n) => row.classList.toggle("at", n === line));
      const link = lines[line].querySelector("a");
      link.focus({ preventScroll: true });
      lines[line].scrollIntoView({ block: "nearest" });
    };
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (event.target.closest("input, textarea, select") || help && help.open) {
        if (event.key === "Escape") event.target.blur();
        return;
      }
      if (event.key === "j" || event.key === "k") { event.preventDefault(); go(line + (event.key === "j" ? 1 : -1)); return; }
      if (event.key === "?" && help) { event.preventDefault(); help.showModal(); return; }
      const target = /^[a-z/]$/.test(event.key) && document.querySelector(`[data-key="${event.key}"]`);
      if (!target) return;
      event.preventDefault();
      if (target.tagName === "DETAILS") { target.open = true; target.scrollIntoView({ block: "nearest" }); (target.querySelector("input:not([type=hidden]), select, textarea") || target.querySelector("summary")).focus(); }
      else if (target.tagName === "INPUT") target.focus();
      else target.click();
    });
  }

  // A form is sent once; forms with files show how far they are.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    const bar = form.querySelector("progress[data-upload]");
    const files = all("input[type=file]", form).some((f) => f.files.length);
    if (!bar || !files) return;
    event.preventDefault();
    const data = new FormData(form, event.submitter), request = new XMLHttpRequest();
    const target = (event.submitter && event.submitter.hasAttribute("formaction") && event.submitter.formAction) || form.action;
    request.open("POST", target);
    request.upload.onprogress = (e) => { bar.hidden = false; bar.max = e.total; bar.value = e.loaded; };
    request.onerror = () => { delete form.dataset.sent; bar.hidden = true; toast(bar.dataset.failed); };
    request.onload = () => {
      if (request.status < 400 && request.responseURL !== target) { location.assign(request.responseURL); return; }
      document.open(); document.write(request.responseText); document.close();
    };
    request.send(data);
  });
  addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));
})();
