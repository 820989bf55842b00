//! The figures as Markdown tables.

use std::fmt::Write;

use super::figures::Figures;
use super::server::Kind;

/// All tables, the goals last.
pub fn markdown(figures: &Figures) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    let machine = &figures.machine;
    let load = |value: Option<f64>| value.map_or("?".to_owned(), |load| format!("{load:.1}"));
    let [before, after] = machine.load.map(load);
    writeln!(
        out,
        "{} cores; load {before} before, {after} after; a sync takes {} µs, for the servers {} µs more.",
        machine.cores, machine.sync_micros, machine.slow_sync_micros
    )?;
    for (kind, versions) in &figures.servers {
        writeln!(out, "{}: {versions}", kind.label())?;
    }
    writeln!(out, "ours: {}.", figures.bounds)?;
    if figures.servers.iter().any(|(kind, _)| *kind == Kind::Nats) {
        writeln!(
            out,
            "nats-server acknowledges before it syncs (every two minutes): its durability is weaker than the others'."
        )?;
    }
    for why in &figures.left_out {
        writeln!(out, "left out: {why}")?;
    }
    closed(figures, &mut out)?;
    open(figures, &mut out)?;
    rest(figures, &mut out)?;
    goals(figures, &mut out)?;
    Ok(out)
}

fn closed(figures: &Figures, out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "\nClosed loop: the next message when the one before is acknowledged and delivered.\n\n\
         | pairs | server | messages/s | p50 ms | p99 ms | processor s per million |\n|---:|---|---:|---:|---:|---:|"
    )?;
    for row in &figures.closed {
        let cpu = row.cpu_secs_per_million.map_or("?".to_owned(), |secs| format!("{secs:.0}"));
        let (pairs, label) = (row.pairs, row.kind.label());
        writeln!(
            out,
            "| {pairs} | {label} | {:.0} | {:.2} | {:.2} | {cpu} |",
            row.per_sec, row.p50_ms, row.p99_ms
        )?;
    }
    for ratio in &figures.ratios {
        writeln!(out, "\nours to {}: {:.2} ×", ratio.peer.label(), ratio.times)?;
    }
    Ok(())
}

fn open(figures: &Figures, out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "\nOpen loop: so many messages a second, whatever comes back.\n\n\
         | messages/s | server | p50 ms | p99 ms | delivered | kept up | load late, p99 ms |\n|---:|---|---:|---:|---:|---|---:|"
    )?;
    for row in &figures.open {
        writeln!(
            out,
            "| {:.0} | {} | {:.2} | {:.2} | {:.1} % | {} | {:.1} |",
            row.rate,
            row.kind.label(),
            row.p50_ms,
            row.p99_ms,
            row.delivered * 100.0,
            if row.kept_up { "yes" } else { "no" },
            row.late_p99_ms
        )?;
    }
    Ok(())
}

fn rest(figures: &Figures, out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "\nConnections that only wait.\n\n\
         | server | connections | KiB each | of a processor, all |\n|---|---:|---:|---:|"
    )?;
    for row in &figures.idle {
        let label = row.kind.label();
        writeln!(out, "| {label} | {} | {:.1} | {:.1} % |", row.connections, row.kib_each, row.busy * 100.0)?;
    }
    writeln!(
        out,
        "\nAll connections cut, all back at once, what was missed with them.\n\n\
         | server | clients | half served, s | all served, s |\n|---|---:|---:|---:|"
    )?;
    for row in &figures.returning {
        let label = row.kind.label();
        writeln!(out, "| {label} | {} | {:.2} | {:.2} |", row.clients, row.half_secs, row.all_secs)?;
    }
    Ok(())
}

fn goals(figures: &Figures, out: &mut String) -> std::fmt::Result {
    writeln!(out, "\n| goal | wanted | got | |\n|---|---|---|---|")?;
    for goal in &figures.goals {
        let verdict = match goal.reached {
            Some(true) => "reached",
            Some(false) => "MISSED",
            None => "not measured",
        };
        writeln!(out, "| {} | {} | {} | {verdict} |", goal.what, goal.wanted, goal.got)?;
    }
    Ok(())
}
