# SPDX-License-Identifier: LGPL-2.1-or-later
"""The scenario runner: what plays a scenario file. ../README.md has the language."""
