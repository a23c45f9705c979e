"""Another language for the boards: `pytest -p accented -m "not english"` replaces every word of the widgets' texts.

Letters of each string of `widgets/texts.py` get accents, and each string becomes a third longer. What a test or a board
knows by its words, and not by a key, then fails.
"""

import ast
import importlib.util
import sys

import polyfit_helpers.widgets

NAME = "polyfit_helpers.widgets.texts"
ACCENTS = str.maketrans("aeiouycnszgAEIOUYCNSZGTL", "áéíóúýçñšžğÁÉÍÓÚÝÇÑŠŽĞŤĹ")


def accented(words):
    letters = words.translate(ACCENTS)
    return "".join(
        letter + (letter if letter.isalpha() and place % 3 == 2 else "") for place, letter in enumerate(letters)
    )


class Translate(ast.NodeTransformer):
    """Translates strings, but neither docstrings nor how a number is to be written."""

    def visit_Expr(self, node):
        return node

    def visit_FormattedValue(self, node):
        node.value = self.visit(node.value)
        return node

    def visit_Constant(self, node):
        return ast.copy_location(ast.Constant(accented(node.value)), node) if isinstance(node.value, str) else node


def translate():
    """Put a translated module in the place of the texts, before anything else imports them."""
    assert NAME not in sys.modules
    spec = importlib.util.find_spec(NAME)
    with open(spec.origin, encoding="utf-8") as file:
        tree = ast.fix_missing_locations(Translate().visit(ast.parse(file.read())))
    module = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = module
    polyfit_helpers.widgets.texts = module
    exec(compile(tree, spec.origin, "exec"), module.__dict__)


translate()
