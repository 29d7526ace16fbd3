# SPDX-License-Identifier: LGPL-2.1-or-later
"""The plot of the codec's benchmark: Gbit/s over K, both logarithmic, encoding and decoding beside each other. SVG with
the standard library only."""
import math

WIDTH, HEIGHT = 1040, 640
PANEL_WIDTH, PANEL_HEIGHT = 410, 400
TOP = 70
LEFTS = (70, 590)
K_RANGE = (8, 65000)

BLUE, ORANGE, GREEN, GREY, BLACK = '#0072b2', '#d55e00', '#009e73', '#8a8a8a', '#222222'


def own(row):
    return row['value']


def goal(row):
    return row.get('goal')


def goal_of_ratio(row):
    return row['goal_ratio'] * row['best_known'] if 'goal_ratio' in row else None


def best_known(row):
    return row.get('best_known')


def peer(name):
    def value(row):
        for other in [row] + row.get('others', []):
            if other.get('peer') == name:
                return other['peer_value']
        return None
    return value


# Label, row, parameters, what of the row, colour, dashes, mark.
ENCODE = ('Encoding 10 % repair symbols', [
    ('plan cached', 'encode-cached', {}, own, BLUE, '', 'circle'),
    ('goal, plan cached', 'encode-cached', {}, goal, BLUE, '7 5', None),
    ('cache empty', 'encode-cold', {}, own, ORANGE, '', 'square'),
    ('goal, cache empty', 'encode-cold', {}, goal_of_ratio, ORANGE, '7 5', None),
    ('best RaptorQ elsewhere', 'encode-cached', {}, best_known, GREY, '2 4', None),
    ('liblcrq (RaptorQ)', 'encode-cold', {}, peer('liblcrq'), GREY, '', 'diamond'),
    ('ISA-L (Reed-Solomon), cached', 'encode-cached', {}, peer('ISA-L'), BLACK, '', 'triangle'),
])
DECODE = ('Decoding, no symbol more than needed', [
    ('5 % lost', 'decode-loss', {'loss': 5, 'overhead': 0}, own, BLUE, '', 'circle'),
    ('goal, 5 %', 'decode-loss', {'loss': 5, 'overhead': 0}, goal, BLUE, '7 5', None),
    ('20 % lost', 'decode-loss', {'loss': 20, 'overhead': 0}, own, ORANGE, '', 'square'),
    ('goal, 20 % and repair only', 'decode-loss', {'loss': 20, 'overhead': 0}, goal, ORANGE, '7 5', None),
    ('repair symbols only', 'decode-repair-only', {'overhead': 0}, own, GREEN, '', 'diamond'),
    ('best RaptorQ elsewhere', 'decode-loss', {'loss': 20, 'overhead': 0}, best_known, GREY, '2 4', None),
    ('liblcrq (RaptorQ), 20 %', 'decode-loss', {'loss': 20, 'overhead': 0}, peer('liblcrq'), GREY, '', 'diamond'),
    ('ISA-L (Reed-Solomon), 20 %', 'decode-loss', {'loss': 20, 'overhead': 0}, peer('ISA-L'), BLACK, '', 'triangle'),
])


def points_of(rows, t, series):
    """Pairs of K and Gbit/s, by K."""
    _, name, params, what, *_ = series
    wanted = dict(params, T=t)
    found = []
    for row in rows:
        if row['name'] == name and all(row['params'].get(k) == v for k, v in wanted.items()):
            value = what(row)
            if value:
                found.append((row['params']['K'], value))
    return sorted(found)


def mark(shape, x, y, colour):
    style = f'fill="{colour}" stroke="white" stroke-width="1"'
    if shape == 'circle':
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.2" {style}/>'
    if shape == 'square':
        return f'<rect x="{x - 3.8:.1f}" y="{y - 3.8:.1f}" width="7.6" height="7.6" {style}/>'
    if shape == 'diamond':
        return f'<path d="M{x:.1f} {y - 5.2:.1f}l5.2 5.2l-5.2 5.2l-5.2 -5.2z" {style}/>'
    return f'<path d="M{x:.1f} {y - 5:.1f}l5 8.6h-10z" {style}/>'


def line(points, colour, dashes):
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ''
    text = ' '.join(f'{x:.1f},{y:.1f}' for x, y in points)
    return f'<polyline points="{text}" fill="none" stroke="{colour}" stroke-width="2"{dashed}/>'


def label(x, y, text, anchor='start', size=13, extra=''):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"{extra}>{text}</text>'


class Panel:
    def __init__(self, left, low, high):
        self.left, self.low, self.high = left, math.log10(low), math.log10(high)

    def x(self, k):
        first, last = (math.log10(k) for k in K_RANGE)
        return self.left + PANEL_WIDTH * (math.log10(k) - first) / (last - first)

    def y(self, value):
        return TOP + PANEL_HEIGHT * (self.high - math.log10(value)) / (self.high - self.low)

    def frame(self, title):
        bottom = TOP + PANEL_HEIGHT
        parts = [label(self.left, TOP - 14, title, size=16, extra=' font-weight="600"')]
        for power in range(round(self.low), round(self.high) + 1):
            y = self.y(10 ** power)
            parts.append(f'<path d="M{self.left} {y:.1f}h{PANEL_WIDTH}" stroke="#dddddd"/>')
            parts.append(label(self.left - 8, y + 4, f'{10.0 ** power:g}', 'end'))
        for k in (10, 100, 1000, 10000, 50000):
            x = self.x(k)
            parts.append(f'<path d="M{x:.1f} {TOP}v{PANEL_HEIGHT}" stroke="#eeeeee"/>')
            parts.append(label(x, bottom + 18, str(k), 'middle'))
        parts.append(f'<rect x="{self.left}" y="{TOP}" width="{PANEL_WIDTH}" height="{PANEL_HEIGHT}" fill="none" '
                     'stroke="#999999"/>')
        parts.append(label(self.left + PANEL_WIDTH / 2, bottom + 38, 'source symbols in a block, K', 'middle'))
        middle = TOP + PANEL_HEIGHT / 2
        parts.append(label(self.left - 48, middle, 'Gbit/s of source', 'middle',
                           extra=f' transform="rotate(-90 {self.left - 48} {middle})"'))
        return parts

    def legend(self, at, series):
        """Two columns below the panel."""
        text, _, _, _, colour, dashes, shape = series
        x = self.left + (at % 2) * 205
        y = TOP + PANEL_HEIGHT + 64 + (at // 2) * 22
        parts = [line([(x, y), (x + 28, y)], colour, dashes)]
        if shape:
            parts.append(mark(shape, x + 14, y, colour))
        parts.append(label(x + 35, y + 4.5, text, size=12.5))
        return parts

    def series(self, points, series):
        _, _, _, _, colour, dashes, shape = series
        at = [(self.x(k), self.y(value)) for k, value in points]
        parts = [line(at, colour, dashes)]
        if shape:
            parts += [mark(shape, x, y, colour) for x, y in at]
        return parts


def draw(rows, t):
    """The SVG text for symbols of @t bytes."""
    drawn = [(title, [(series, points_of(rows, t, series)) for series in chosen])
             for title, chosen in (ENCODE, DECODE)]
    values = [value for _, chosen in drawn for _, points in chosen for _, value in points]
    low = 10 ** math.floor(math.log10(min(values)))
    high = 10 ** math.ceil(math.log10(max(values)))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="DejaVu Sans, Helvetica, Arial, sans-serif" fill="#222222">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        label(LEFTS[0], 28, f'The codec on one core, symbols of {t} bytes', size=18, extra=' font-weight="600"')]
    for left, (title, chosen) in zip(LEFTS, drawn):
        panel = Panel(left, low, high)
        parts += panel.frame(title)
        shown = [(series, points) for series, points in chosen if points]
        # Ours last, so that nothing covers it.
        for series, points in reversed(shown):
            parts += panel.series(points, series)
        for i, (series, _) in enumerate(shown):
            parts += panel.legend(i, series)
    parts.append('</svg>')
    return '\n'.join(parts) + '\n'
