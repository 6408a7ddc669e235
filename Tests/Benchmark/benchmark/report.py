"""The table of medians."""
import statistics
import sys

AGAINST = "against"


class Report:
    """Medians by measurement and tool."""

    def __init__(self):
        self.rows = []

    def add(self, title, unit, values):
        medians = {tool: statistics.median(times) for tool, times in values.items() if times}
        self.rows.append((title, unit, medians))
        print(f"  {title}: " + ", ".join(
            f"{tool} {value:.1f} {unit}" for tool, value in medians.items()), file=sys.stderr)

    def print(self):
        measured = {tool for row in self.rows for tool in row[2]}
        first = ["floor", "roost"] + [AGAINST] * (AGAINST in measured)
        tools = first + sorted(measured - set(first))
        ratios = ["roost / floor", "fastest peer / roost"]
        if AGAINST in measured:
            ratios.insert(0, f"roost / {AGAINST}")
        print(f"| work | {' | '.join(tools + ratios)} |")
        print("|---" * (len(tools + ratios) + 1) + "|")
        for title, unit, medians in self.rows:
            cells = [f"{medians[t]:.1f} {unit}" if t in medians else "–" for t in tools]
            ours = medians.get("roost")
            floor = medians.get("floor")
            if AGAINST in measured:
                against = medians.get(AGAINST)
                cells.append(f"{ours / against:.2f}" if ours and against else "–")
            peers = [v for t, v in medians.items() if t not in first]
            cells.append(f"{ours / floor:.2f}" if ours and floor else "–")
            cells.append(f"{min(peers) / ours:.1f}" if ours and peers else "–")
            print(f"| {title} | {' | '.join(cells)} |")
