namespace OVPipeline.Reporting;

/// <summary>How a report looks, on a screen and on paper.</summary>
internal static class ReportStyle
{
    public const string Css = """
        :root { --ink: #1d2328; --soft: #5b6670; --line: #d9dee2; --faint: #f5f7f8; --accent: #0072b2; }
        * { box-sizing: border-box; }
        html { scroll-behavior: smooth; }
        body { margin: 0 auto; padding: 3.5rem 1.5rem 4rem; max-width: 62rem; color: var(--ink); background: #fff;
          font: 1.0625rem/1.6 Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, "DejaVu Serif", serif; }
        h1, h2, h3, nav, table, .cue, .facts, .badge, .units, .source, footer, figcaption {
          font-family: system-ui, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
        h1 { font-size: 2.1rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; margin: 0 0 .6rem; }
        h2 { font-size: 1.45rem; line-height: 1.3; font-weight: 650; letter-spacing: -0.01em; margin: 0 0 .5rem; padding-top: 2.4rem;
          border-top: 1px solid var(--line); }
        h3 { font-size: 1.02rem; font-weight: 650; margin: 1.4rem 0 .3rem; }
        p, ul { max-width: 46rem; }
        a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: .18em; }
        .lead { font-size: 1.2rem; line-height: 1.5; color: var(--soft); margin: 0 0 1.6rem; }
        .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .9rem 2rem; margin: 0 0 1.8rem;
          padding: 1.1rem 0; border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); font-size: .9rem; }
        .facts dt { color: var(--soft); font-size: .8rem; }
        .facts dd { margin: 0; }
        nav { font-size: .93rem; margin-bottom: 2.2rem; }
        nav ol { list-style: none; margin: 0; padding: 0; columns: 2; column-gap: 2.5rem; }
        nav li { padding: .12rem 0; break-inside: avoid; }
        nav a { text-decoration: none; }
        nav a:hover { text-decoration: underline; }
        section { margin: 0 0 3rem; }
        .topic ul, ul.statements { margin: 0; padding-left: 1.15rem; }
        .topic li, .statements li { margin: .4rem 0; }
        .source { font-size: .78rem; text-decoration: none; border-bottom: 1px solid var(--line); white-space: nowrap; }
        .question { color: var(--soft); margin: 0 0 1rem; }
        .reason { border-left: 3px solid var(--line); padding: .1rem 0 .1rem 1rem; margin: 1rem 0; }
        .badge { display: inline-block; font-size: .72rem; font-weight: 500; letter-spacing: 0; line-height: 1.5; color: var(--soft);
          background: var(--faint); border: 1px solid var(--line); border-radius: .6rem; padding: 0 .5rem; vertical-align: middle; }
        figure { margin: 1.8rem 0; }
        figure img { display: block; max-width: 100%; height: auto; }
        figcaption { font-size: .87rem; line-height: 1.5; color: var(--soft); max-width: 46rem; margin-top: .5rem; }
        figcaption b { color: var(--ink); font-weight: 600; }
        .table { margin: 1.9rem 0; scroll-margin-top: 1rem; timeline-scope: --columns; }
        /* A wide table may take the whole window; what is wider still scrolls. A shadow stands at an edge that hides columns
           (its cover scrolls with the table), the first column stays, and where a browser can tell, words say that there is more. */
        .scroll { position: relative; width: max-content; max-width: calc(50% + 50vw - 2.5rem); overflow-x: auto; scrollbar-width: thin;
          scroll-timeline: --columns inline;
          background: linear-gradient(to right, #fff 60%, transparent) 0 0 / 3rem 100% local,
            linear-gradient(to left, #fff 60%, transparent) 100% 0 / 3rem 100% local,
            linear-gradient(to right, #0003, transparent) 0 0 / .8rem 100% scroll,
            linear-gradient(to left, #0003, transparent) 100% 0 / .8rem 100% scroll;
          background-repeat: no-repeat; background-color: #fff; }
        .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: .3rem; }
        .scroll caption span { position: sticky; left: 0; display: inline-block; }
        .scroll tr > :first-child { position: sticky; left: 0; z-index: 1; background: #fff; box-shadow: 1px 0 0 #edf0f2;
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
        tbody th { font-weight: 400; }
        tbody tr { border-bottom: 1px solid #edf0f2; }
        tbody tr:last-child { border-bottom: 1.5px solid var(--ink); }
        .units { font-size: .8rem; line-height: 1.45; color: var(--soft); margin: .5rem 0 0; }
        aside { max-width: 46rem; font-size: .95rem; line-height: 1.55; background: var(--faint); border-left: 3px solid var(--line);
          padding: .7rem 1.1rem; margin: .9rem 0; }
        footer { border-top: 1px solid var(--line); padding-top: 1rem; font-size: .82rem; color: var(--soft); }
        footer p { margin: .2rem 0; }
        @media (max-width: 42rem) { body { padding-top: 1.5rem; } nav ol { columns: 1; } h1 { font-size: 1.7rem; }
          .scroll { max-width: 100%; } .scroll tr > :first-child { max-width: 40vw; white-space: normal; } }
        @page { size: A4; margin: 16mm 15mm 18mm; }
        @media print {
          html { font-size: 10.5px; }
          body { max-width: none; padding: 0; }
          a { color: inherit; text-decoration: none; }
          nav { display: none; }
          h2, h3, caption { break-after: avoid; }
          figure, aside, tr, .topic li { break-inside: avoid; }
          thead { display: table-header-group; }
          .scroll { overflow: visible; width: auto; max-width: none; background: none; }
          .scroll tr > :first-child { position: static; box-shadow: none; }
          .cue { display: none; }
          table { font-size: .8rem; }
          th, td { padding-right: .6rem; white-space: normal; }
          td.n { white-space: nowrap; }
          aside, .badge { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
        }
        """;
}
