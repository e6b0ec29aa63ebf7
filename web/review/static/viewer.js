// The page at the left: moved and zoomed to the field in work, with boxes around what is to decide.

const LEAST_SHARE = 0.72; // of the page's width that is shown around a field: print is readable, and one sees where it is

export class PageViewer {
  constructor(element, strip, words) {
    this.strip = strip;
    this.words = words;
    this.number = null;
    OpenSeadragon.setImageFormatsSupported({ webp: true });
    this.viewer = OpenSeadragon({
      element,
      drawer: "canvas",
      showNavigationControl: false,
      animationTime: 0.2,
      springStiffness: 9,
      immediateRender: true,
      minPixelRatio: 0.8, // a little soft rather than four times the bytes
      imageLoaderLimit: 6,
      maxImageCacheCount: 120,
      visibilityRatio: 0.6,
      maxZoomPixelRatio: 2.5,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      gestureSettingsTouch: { clickToZoom: false },
      crossOriginPolicy: false,
    });
    this.viewer.innerTracker.keyHandler = null;
    this.viewer.innerTracker.keyDownHandler = null;
    this.viewer.addHandler("open", () => this.#arrived());
    // The page is one more stop for Tab otherwise; everything on it can be done from the fields.
    this.viewer.canvas.setAttribute("tabindex", "-1");
  }

  show(paper) {
    this.paper = paper;
    this.number = null;
    this.strip.replaceChildren();
    if (paper.pages.length > 1) {
      for (const page of paper.pages) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = page.number;
        button.tabIndex = -1;
        button.title = this.words.page.replace("{number}", page.number);
        button.addEventListener("click", () => this.focus({ page: page.number, box: null }));
        this.strip.append(button);
      }
    }
  }

  /** Move to an item; the whole page where it has no place. */
  focus(item, whole = false) {
    const page = this.paper.pages.find((one) => one.number === item.page) ?? this.paper.pages[0];
    if (!page) return;
    this.wanted = { page, box: whole ? null : item.box, name: item.name };
    if (this.number === page.number) { this.#arrived(); return; }
    this.number = page.number;
    for (const button of this.strip.children) button.toggleAttribute("aria-current", Number(button.textContent) === page.number);
    const factors = Array.from({ length: page.levels }, (_, level) => 2 ** level);
    this.fresh = true;
    this.viewer.open({
      "@context": "http://iiif.io/api/image/3/context.json",
      id: page.image, type: "ImageService3", protocol: "http://iiif.io/api/image", profile: "level2",
      preferredFormats: ["webp", "jpg"],
      width: page.width, height: page.height,
      tiles: [{ width: page.tile, height: page.tile, scaleFactors: factors }],
    });
  }

  #arrived() {
    if (!this.wanted || !this.viewer.world.getItemCount()) return;
    const { page, box, name } = this.wanted;
    const scale = 1 / page.width;
    this.viewer.clearOverlays();
    for (const item of this.paper.items) {
      if (item.page !== page.number || !item.box || (item.status !== "review" && item.name !== name)) continue;
      const mark = document.createElement("div");
      mark.className = item.name === name ? "mark current" : "mark";
      const [x, y, wide, high] = item.box;
      const pad = page.width * 0.004;
      this.viewer.addOverlay(mark, new OpenSeadragon.Rect((x - pad) * scale, (y - pad) * scale, (wide + 2 * pad) * scale, (high + 2 * pad) * scale));
    }
    const target = box ? this.#around(box, page) : new OpenSeadragon.Rect(0, 0, 1, page.height * scale);
    this.viewer.viewport.fitBounds(target, this.fresh === true);
    this.fresh = false;
  }

  #around([x, y, wide, high], page) {
    const size = this.viewer.viewport.getContainerSize();
    const shown = Math.min(1.02, Math.max(LEAST_SHARE, (wide / page.width) * 1.15));
    const down = Math.max(shown * (size.y / size.x), (high / page.width) * 1.3);
    const centre = { x: (x + wide / 2) / page.width, y: (y + high / 2) / page.width };
    const left = Math.min(Math.max(centre.x - shown / 2, -0.01), Math.max(1.01 - shown, -0.01));
    const foot = page.height / page.width + 0.02 - down; // no more than a margin is shown beyond the page
    const top = Math.max(Math.min(centre.y - down / 2, foot), -0.02);
    return new OpenSeadragon.Rect(left, top, shown, down);
  }
}
