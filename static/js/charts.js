// The one way to draw: <div class="chart-canvas" data-chart="id of a json_script"></div>.
// Data attributes say how figures read: data-format="integer|decimal|percent|money|compact",
// data-currency="CNY", data-scale="2" (money arrives in the smallest unit).
// A data point with a "url" of this site is a link. The page always carries the figures as a table.
(function () {
  "use strict";
  const drawn = new Map();
  const lang = document.documentElement.lang || "en";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function formatter(element) {
    const { format = "decimal", currency = "CNY", scale = "2" } = element.dataset;
    const styles = {
      integer: { maximumFractionDigits: 0 },
      decimal: { maximumFractionDigits: 2 },
      percent: { style: "percent", maximumFractionDigits: 1 },
      compact: { notation: "compact", maximumFractionDigits: 1 },
      money: { style: "currency", currency, currencyDisplay: "narrowSymbol", maximumFractionDigits: Number(scale) },
    };
    const number = new Intl.NumberFormat(lang, styles[format] || styles.decimal);
    const divisor = format === "money" ? 10 ** Number(scale) : 1;
    const one = (value) => (typeof value === "number" ? number.format(value / divisor) : value == null ? "–" : String(value));
    return (value) => (Array.isArray(value) ? value.map(one).join(" – ") : one(value));
  }

  function theme() {
    const line = token("--line"), muted = token("--muted"), text = token("--text");
    const axis = {
      axisLine: { lineStyle: { color: line } },
      axisTick: { lineStyle: { color: line } },
      axisLabel: { color: muted },
      nameTextStyle: { color: muted },
      splitLine: { lineStyle: { color: line } },
    };
    return {
      color: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => token(`--chart-${n}`)),
      textStyle: { fontFamily: token("--font"), color: text },
      title: { textStyle: { color: text } },
      legend: { textStyle: { color: text }, inactiveColor: muted },
      categoryAxis: { ...axis, splitLine: { show: false } },
      valueAxis: axis,
      timeAxis: axis,
      logAxis: axis,
      visualMap: { textStyle: { color: muted }, color: [10, 7, 4, 1].map((n) => token(`--heat-${n}`)) },
      tooltip: { backgroundColor: token("--surface"), borderColor: line, textStyle: { color: text } },
    };
  }

  function complete(option, element) {
    const show = formatter(element);
    const labelled = (axis) => (axis && axis.type !== "category" && axis.type !== "time"
      ? { ...axis, axisLabel: { hideOverlap: true, formatter: show, ...axis.axisLabel } } : axis);
    const axes = (value) => (Array.isArray(value) ? value.map(labelled) : labelled(value));
    const figure = element.dataset.formatAxis || "yAxis"; // which axis carries the formatted figure
    return {
      animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true },
      ...option,
      legend: { top: 0, type: "scroll", ...option.legend },
      [figure]: axes(option[figure]),
      // HTML tooltips carry inline styles, which the content security policy refuses.
      tooltip: { trigger: "axis", confine: true, valueFormatter: show, ...option.tooltip, renderMode: "richText" },
      aria: { enabled: true, decal: { show: "decal" in element.dataset }, ...option.aria },
    };
  }

  function draw(element, still) {
    const source = document.getElementById(element.dataset.chart);
    if (!source || !window.echarts) return;
    drawn.get(element)?.dispose();
    const chart = window.echarts.init(element, theme(), { renderer: "canvas", locale: lang.startsWith("zh") ? "ZH" : "EN" });
    const option = complete(JSON.parse(source.textContent), element);
    chart.setOption(still ? { ...option, animation: false } : option);
    chart.on("click", (point) => {
      const url = point.data && point.data.url;
      if (typeof url === "string" && /^\/(?!\/)/.test(url)) window.location.assign(url);
    });
    drawn.set(element, chart);
    resizing.observe(element);
  }

  const resizing = new ResizeObserver((entries) => entries.forEach(({ target }) => drawn.get(target)?.resize()));
  function drawAll() {
    drawn.forEach((chart, element) => { if (!element.isConnected) { chart.dispose(); drawn.delete(element); } });
    document.querySelectorAll("[data-chart]").forEach((element) => drawn.has(element) || draw(element));
  }
  dark.addEventListener("change", () => [...drawn.keys()].forEach((element) => draw(element)));
  const printing = (scheme) => () => {
    if (scheme) document.documentElement.dataset.scheme = scheme; else delete document.documentElement.dataset.scheme;
    if (dark.matches) [...drawn.keys()].forEach((element) => draw(element, true));
  };
  window.addEventListener("beforeprint", printing("light"));
  window.addEventListener("afterprint", printing(""));
  document.addEventListener("htmx:load", drawAll);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", drawAll); else drawAll();
})();
