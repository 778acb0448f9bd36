"use strict";
(() => {
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));

  // Drafts on the server: kept while one types, files as soon as they are chosen, so that any device goes on with them.
  all("form[data-draft-url]").forEach((form) => {
    const said = form.querySelector("[data-draft-said]"), kept = form.querySelector("[data-kept]");
    const bar = form.querySelector("progress[data-upload]");
    let waiting = 0;
    const send = (data, progress) => new Promise((done, failed) => {
      const request = new XMLHttpRequest();
      request.open("POST", form.dataset.draftUrl);
      request.setRequestHeader("x-draft", "1");
      request.responseType = "json";
      if (progress) request.upload.onprogress = (e) => { bar.hidden = false; bar.max = e.total; bar.value = e.loaded; };
      request.onerror = failed;
      request.onload = () => (request.status < 500 ? done(request) : failed());
      request.send(data);
    });
    const plain = () => {
      const data = new FormData(form);
      all("input[type=file]", form).forEach((f) => data.delete(f.name));
      return data;
    };
    form.addEventListener("input", (event) => {
      if (event.target.type === "file") return;
      clearTimeout(waiting);
      waiting = setTimeout(() => send(plain()).then((answer) => { said.hidden = answer.status !== 200; }).catch(() => { }), 2500);
    });
    form.addEventListener("change", async (event) => {
      const field = event.target;
      if (field.type !== "file" || !field.files.length) return;
      const data = plain();
      Array.from(field.files).forEach((file) => data.append(field.name, file));
      try {
        const answer = await send(data, true);
        if (answer.status !== 200) { alert((answer.response && answer.response.wrong) || bar.dataset.failed); return; }
        answer.response.files.forEach((file) => {
          const row = document.createElement("div"), label = document.createElement("label");
          const box = document.createElement("input"), link = document.createElement("a");
          row.className = "row";
          Object.assign(box, { type: "checkbox", name: "evidence", value: file.id, checked: true });
          Object.assign(link, { href: "/evidence/" + file.id, target: "_blank", rel: "noopener", textContent: file.name });
          label.append(box, " " + form.dataset.uploaded);
          row.append(label, link);
          file.findings.forEach((text) => {
            const found = document.createElement("p");
            Object.assign(found, { className: "note warn", textContent: text });
            row.append(found);
          });
          kept.append(row);
        });
        said.hidden = false;
      } catch { alert(bar.dataset.failed); } finally { field.value = ""; bar.hidden = true; }
    });
  });

  // Rectangles over a picture: dragged here, kept in the fields of the form, which work without this too.
  all("[data-black-out]").forEach((frame) => {
    const picture = frame.querySelector("img"), rows = all(".rects fieldset", frame.closest("form"));
    const fields = (row) => ["x", "y", "width", "height"].map((name) => row.querySelector(`[name=${name}]`));
    const factor = () => picture.naturalWidth / picture.clientWidth;
    const draw = () => {
      all("i", frame).forEach((shade) => shade.remove());
      rows.forEach((row) => {
        const [x, y, width, height] = fields(row).map((f) => Number(f.value) / factor());
        if (!width || !height) return;
        const shade = document.createElement("i");
        Object.assign(shade.style, { left: x + "px", top: y + "px", width: width + "px", height: height + "px" });
        frame.append(shade);
      });
    };
    let row = null, from = null;
    const at = (event) => {
      const box = picture.getBoundingClientRect();
      const inside = (n, most) => Math.min(Math.max(n, 0), most) * factor();
      return [inside(event.clientX - box.left, box.width), inside(event.clientY - box.top, box.height)];
    };
    frame.classList.add("live");
    picture.draggable = false;
    frame.addEventListener("pointerdown", (event) => {
      row = rows.find((row) => fields(row).every((f) => !f.value));
      if (!row) return;
      from = at(event);
      frame.setPointerCapture(event.pointerId);
    });
    frame.addEventListener("pointermove", (event) => {
      if (!from) return;
      const to = at(event), low = [0, 1].map((n) => Math.min(from[n], to[n]));
      const values = [low[0], low[1], Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])];
      fields(row).forEach((f, n) => { f.value = Math.round(values[n]); });
      draw();
    });
    frame.addEventListener("pointerup", () => {
      if (from && fields(row).slice(2).some((f) => Number(f.value) < 3)) fields(row).forEach((f) => { f.value = ""; });
      from = null;
      draw();
    });
    frame.closest("form").addEventListener("input", draw);
    addEventListener("resize", draw);
    picture.complete ? draw() : picture.addEventListener("load", draw);
  });
})();
