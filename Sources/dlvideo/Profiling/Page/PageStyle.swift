extension ProfilePage {
  static let style = #"""
    :root {
      color-scheme: light dark;
      --ink: #182230; --soft: #5f6b7d; --faint: #8d98a8; --line: #e4e8ee; --page: #f4f6f9;
      --card: #ffffff; --shade: #eef1f5; --roof: #182230;
      --read: #94a3b8; --preprocess: #c3cbd6; --encoder: #2f6fd6; --decoder: #ec8b33;
      --heads: #12a08a; --grouping: #b65fb8; --fusion: #8a6fe0; --tracking: #d9b62c;
      --report: #8aa15a; --overlay: #4fb4e6; --write: #64748b;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --ink: #e8ecf2; --soft: #a0abba; --faint: #77839a; --line: #2a3240; --page: #10141b;
        --card: #181e28; --shade: #212937; --roof: #dfe5ee;
        --read: #7c8aa0; --preprocess: #55617a; --encoder: #5b94f2; --decoder: #f2a052;
        --heads: #2fc0a8; --grouping: #cf83d1; --fusion: #a48cf2; --tracking: #e5c84e;
        --report: #a7bf78; --overlay: #74c8f2; --write: #94a3b8;
      }
    }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--page); color: var(--ink); -webkit-text-size-adjust: 100%;
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
    main { max-width: 1160px; margin: 0 auto; padding: 36px 20px 72px; }
    h1 { font-size: 28px; line-height: 1.2; letter-spacing: -.015em; margin: 0 0 8px;
      overflow-wrap: anywhere; }
    h2 { font-size: 17px; letter-spacing: -.005em; margin: 0 0 2px; }
    p { margin: 0 0 14px; color: var(--soft); font-size: 14px; max-width: 78ch; }
    .details { display: flex; flex-wrap: wrap; gap: 6px; }
    .details span { background: var(--shade); color: var(--soft); border-radius: 99px;
      padding: 2px 11px; font-size: 13px; }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr));
      gap: 12px; margin-top: 22px; }
    .tile, section { background: var(--card); border: 1px solid var(--line); border-radius: 14px; }
    .tile { padding: 14px 18px; }
    .tile b { display: block; font-size: 27px; line-height: 1.25; letter-spacing: -.02em;
      font-variant-numeric: tabular-nums; white-space: nowrap; }
    .tile span { color: var(--soft); font-size: 13.5px; }
    .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 0 16px; }
    section { padding: 20px 22px; margin-top: 16px; min-width: 0; }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums;
      font-size: 14px; }
    th, td { text-align: right; padding: 5px 8px; border-bottom: 1px solid var(--line);
      white-space: nowrap; }
    tr:last-child td { border-bottom: 0; }
    th:first-child, td:first-child { text-align: left; padding-left: 0; }
    th:last-child, td:last-child { padding-right: 0; }
    th { color: var(--faint); font-weight: 500; font-size: 13px; }
    .key { display: flex; flex-wrap: wrap; gap: 4px 16px; margin-bottom: 10px; font-size: 13.5px;
      color: var(--soft); }
    .swatch { display: inline-block; width: 11px; height: 11px; border-radius: 3px;
      margin-right: 7px; }
    details summary { cursor: pointer; color: var(--soft); font-size: 14px; margin-top: 10px; }
    svg { display: block; width: 100%; overflow: visible; }
    svg text { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
    svg text.strong { fill: var(--ink); }
    svg .grid { stroke: var(--line); } svg .roof { stroke: var(--roof); fill: none; }
    svg [data-tip]:hover { filter: brightness(1.12); }
    #tip { position: fixed; pointer-events: none; opacity: 0; transition: opacity .1s;
      background: var(--ink); color: var(--card); border-radius: 8px; padding: 7px 11px;
      font-size: 13px; line-height: 1.4; white-space: pre; z-index: 9; max-width: 92vw;
      font-variant-numeric: tabular-nums; }
    @media (max-width: 760px) {
      main { padding: 22px 12px 48px; }
      .pair { grid-template-columns: 1fr; }
      section { padding: 16px 14px; }
      .tiles { grid-template-columns: 1fr 1fr; gap: 8px; } .tile b { font-size: 22px; }
      .tile:last-child:nth-child(odd) { grid-column: span 2; }
    }
    @media print { body { background: none; } section { break-inside: avoid; } }
    """#
}
