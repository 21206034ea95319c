namespace OVPipeline.Reporting;

/// <summary>How a report looks, on a screen and on paper.</summary>
internal static class ReportStyle
{
    public const string Css = """
        :root { color-scheme: light dark; --page: #fff; --ink: #1d2328; --soft: #5b6670; --line: #d9dee2; --hair: #edf0f2;
          --faint: #f5f7f8; --accent: #0068a3; --shadow: #0003; }
        @media (prefers-color-scheme: dark) { :root { --page: #14181c; --ink: #e6eaed; --soft: #a7b1ba; --line: #3a444d;
          --hair: #262e35; --faint: #1e252b; --accent: #74bdec; --shadow: #000c; } }
        * { box-sizing: border-box; }
        html { scroll-behavior: smooth; background: var(--page); }
        @media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
        body { margin: 0 auto; padding: 2.4rem 1.5rem 4rem; max-width: 66rem; color: var(--ink); background: var(--page);
          font: 1.0625rem/1.6 Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, "DejaVu Serif", serif; }
        h1, h2, h3, table, button, .cue, .facts, .badge, .units, .source, .values, .verdict dt, footer, figcaption {
          font-family: system-ui, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
        h1 { font-size: 2rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; margin: 0 0 .5rem; }
        h2 { font-size: 1.35rem; line-height: 1.3; font-weight: 650; letter-spacing: -0.01em; margin: 0; }
        h2.parts { margin: 2.6rem 0 .6rem; }
        .unfold { margin-bottom: .8rem; }
        h3 { font-size: 1.02rem; font-weight: 650; margin: 1.4rem 0 .3rem; }
        p, ul { max-width: 46rem; }
        a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: .18em; }
        a.term { color: inherit; text-decoration: underline dotted var(--soft); }
        a.term:hover { color: var(--accent); }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: .15rem; }
        button { font-size: .85rem; color: inherit; background: var(--faint); border: 1px solid var(--line); border-radius: .4rem;
          padding: .25rem .7rem; cursor: pointer; }
        button:hover { border-color: var(--soft); }
        .lead { font-size: 1.15rem; line-height: 1.5; color: var(--soft); margin: 0 0 1.4rem; }
        #verdict { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 2.5rem; margin: 0 0 2rem;
          padding-top: 1.2rem; border-top: 1px solid var(--line); }
        #verdict figure { margin: 0; }
        .verdict { margin: 0; }
        .verdict > div { margin: 0 0 .9rem; }
        .verdict dt { font-size: .82rem; font-weight: 650; color: var(--accent); }
        .verdict dd { margin: 0; line-height: 1.5; }
        .verdict > div:last-child dt { color: var(--soft); }
        .verdict > div:last-child dd { font-size: .95rem; color: var(--soft); }
        .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .9rem 2rem; margin: 0;
          padding: .4rem 0; font-size: .9rem; }
        .facts dt { color: var(--soft); font-size: .8rem; }
        .facts dd { margin: 0; }
        section { margin: 0; }
        details.part { border-top: 1px solid var(--line); padding: .75rem 0; }
        details.part[open] { padding-bottom: 2.2rem; }
        summary { cursor: pointer; }
        details.part > summary { list-style: none; display: flex; gap: .6rem; align-items: baseline; }
        details.part > summary::-webkit-details-marker { display: none; }
        details.part > summary::before { content: "+"; font: 1.3rem/1 monospace; color: var(--accent); flex: none; width: .8rem; }
        details.part[open] > summary::before { content: "\2212"; }
        details.part > summary:hover h2 { color: var(--accent); }
        details.part h2 { font-size: 1.18rem; }
        .topic ul, ul.statements { margin: 0; padding-left: 1.15rem; }
        .topic li, .statements li { margin: .4rem 0; }
        .source { font-size: .78rem; text-decoration: none; border-bottom: 1px solid var(--line); white-space: nowrap; }
        .question { color: var(--soft); margin: .5rem 0 1rem; }
        .reason { border-left: 3px solid var(--line); padding: .1rem 0 .1rem 1rem; margin: 1rem 0; }
        .badge { display: inline-block; font-size: .72rem; font-weight: 500; letter-spacing: 0; line-height: 1.5; color: var(--soft);
          background: var(--faint); border: 1px solid var(--line); border-radius: .6rem; padding: 0 .5rem; vertical-align: middle; }
        figure { margin: 1.8rem 0; }
        figure img { display: block; max-width: 100%; height: auto; border-radius: .3rem; }
        figure.live .drawing img { display: none; }
        .legend { display: flex; flex-wrap: wrap; gap: .35rem; margin-bottom: .4rem; }
        .legend button { display: flex; align-items: center; gap: .45rem; text-align: left; font-size: .8rem; }
        .legend svg { width: 26px; height: 10px; flex: none; }
        .legend button[aria-pressed=false] { text-decoration: line-through; background: none; }
        .legend button[aria-pressed=false] svg { opacity: .25; }
        figcaption { font-size: .87rem; line-height: 1.5; color: var(--soft); max-width: 46rem; margin-top: .5rem; }
        figcaption b { color: var(--ink); font-weight: 600; }
        .values { font-size: .85rem; margin-top: .3rem; }
        .values > summary { color: var(--soft); width: max-content; }
        .values .table { margin: .8rem 0; }
        .table { margin: 1.9rem 0; scroll-margin-top: 1rem; timeline-scope: --columns; }
        /* A wide table may take the whole window; what is wider still scrolls. A shadow stands at an edge that hides columns
           (its cover scrolls with the table), the first column stays, and where a browser can tell, words say that there is more. */
        .scroll { position: relative; width: max-content; max-width: calc(50% + 50vw - 2.5rem); overflow-x: auto; scrollbar-width: thin;
          scroll-timeline: --columns inline;
          background: linear-gradient(to right, var(--page) 60%, transparent) 0 0 / 3rem 100% local,
            linear-gradient(to left, var(--page) 60%, transparent) 100% 0 / 3rem 100% local,
            linear-gradient(to right, var(--shadow), transparent) 0 0 / .8rem 100% scroll,
            linear-gradient(to left, var(--shadow), transparent) 100% 0 / .8rem 100% scroll;
          background-repeat: no-repeat; background-color: var(--page); }
        #verdict .scroll { max-width: 100%; }
        .scroll:focus-visible { outline-offset: .3rem; }
        .scroll caption span { position: sticky; left: 0; display: inline-block; }
        .scroll tr > :first-child { position: sticky; left: 0; z-index: 1; background: var(--page); box-shadow: 1px 0 0 var(--hair);
          padding-right: 1rem; }
        .cue { visibility: hidden; max-width: none; height: 0; margin: 0; text-align: right; font-size: .8rem; color: var(--accent);
          animation: cue linear; animation-timeline: --columns; }
        @keyframes cue { from, 95% { visibility: visible; } to { visibility: hidden; } }
        .table:target caption { color: var(--accent); }
        table { border-collapse: collapse; font-size: .87rem; line-height: 1.35; font-variant-numeric: tabular-nums; }
        caption { text-align: left; font-weight: 600; padding-bottom: .5rem; }
        th, td { padding: .3rem .85rem .3rem 0; text-align: left; vertical-align: baseline; white-space: nowrap; }
        th.n, td.n { text-align: right; }
        thead th { white-space: normal; min-width: 3.2rem; max-width: 8rem; font-weight: 500; color: var(--soft);
          border-bottom: 1.5px solid var(--ink); vertical-align: bottom; }
        thead small { display: block; font-weight: 400; }
        .sort { all: unset; box-sizing: border-box; cursor: pointer; min-height: 1.5rem; display: inline-block; }
        .sort:hover { color: var(--accent); }
        .sort:focus-visible { outline: 2px solid var(--accent); }
        .sort::after { content: "\2195"; opacity: .45; padding-left: .2rem; }
        th[aria-sort] { color: var(--accent); }
        th[aria-sort=ascending] .sort::after { content: "\2191"; opacity: 1; }
        th[aria-sort=descending] .sort::after { content: "\2193"; opacity: 1; }
        tbody th { font-weight: 400; }
        tbody tr { border-bottom: 1px solid var(--hair); }
        tbody tr:last-child { border-bottom: 1.5px solid var(--ink); }
        .units { font-size: .8rem; line-height: 1.45; color: var(--soft); margin: .5rem 0 0; }
        .note { max-width: 46rem; font-size: .95rem; line-height: 1.55; background: var(--faint); border-left: 3px solid var(--line);
          padding: .7rem 1.1rem; margin: .9rem 0; }
        #glossary { border-top: 1px solid var(--line); padding-top: 1.6rem; margin-top: 2rem; }
        .glossary { columns: 2; column-gap: 2.5rem; font-size: .95rem; line-height: 1.5; }
        .glossary > div { break-inside: avoid; padding: .2rem .4rem .5rem; border-radius: .3rem; }
        .glossary > div:target { background: var(--faint); }
        .glossary dfn { font-style: normal; font-weight: 650; }
        .glossary dd { margin: 0; color: var(--soft); }
        footer { border-top: 1px solid var(--line); padding-top: 1rem; margin-top: 2rem; font-size: .82rem; color: var(--soft); }
        footer p { margin: .2rem 0; }
        @media (max-width: 56rem) { #verdict { grid-template-columns: minmax(0, 1fr); } }
        @media (max-width: 42rem) { body { padding: 1.3rem 1rem 3rem; } h1 { font-size: 1.6rem; } .lead { font-size: 1.05rem; }
          .glossary { columns: 1; }
          .scroll { max-width: 100%; } .scroll tr > :first-child { max-width: 40vw; white-space: normal; } }
        @page { size: A4; margin: 16mm 15mm 18mm; }
        @media print {
          :root { color-scheme: light; --page: #fff; --ink: #1d2328; --soft: #5b6670; --line: #d9dee2; --hair: #edf0f2;
            --faint: #f5f7f8; --accent: #0068a3; }
          html { font-size: 10.5px; }
          body { max-width: none; padding: 0; }
          a { color: inherit; text-decoration: none; }
          button, .cue, .plot, .legend, details.part > summary::before, .sort::after { display: none; }
          .sort { display: inline; }
          figure.live .drawing img { display: block; }
          details::details-content { content-visibility: visible; block-size: auto; }
          #verdict { grid-template-columns: minmax(0, 1fr); }
          h2, h3, caption, summary { break-after: avoid; }
          figure, .note, tr, .topic li { break-inside: avoid; }
          thead { display: table-header-group; }
          .scroll { overflow: visible; width: auto; max-width: none; background: none; }
          .scroll tr > :first-child { position: static; box-shadow: none; }
          table { font-size: .8rem; }
          th, td { padding-right: .6rem; white-space: normal; }
          td.n { white-space: nowrap; }
          .note, .badge { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
        }
        """;
}
