"""Another language, made up: every text of boards and tutor in accented letters, and longer by a third.

Under it a test shows that nothing depends on the English words: "Train" is "Ťŕáíńńń". It is a plugin of pytest's, and
the tests that are about English words, marked `english`, are left out:

    PYTHONPATH=tests pytest -p pseudo tests/test_quiz.py
"""

import ast
import importlib
import re
import sys
from importlib.machinery import PathFinder, SourceFileLoader

TEXTS = ("polyfit_exercises.texts", "polyfit_helpers.widgets.texts")  # modules and packages of words

LETTERS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "áƀčďéƒğĥíĵķĺṁńóṗʠŕšťúṽŵẋýžÁɃČĎÉƑĞĤÍĴĶĹṀŃÓṖɊŔŠŤÚṼŴẊÝŽ"
)
# What is the same in every language: gaps to be filled, HTML. Code in backticks is, too, and words with digits in them.
PARTS = re.compile(r"`|\{[^{}]*\}|</?[a-z][^<>]*>|&#?\w+;|\w+")
PYTHON = re.compile(r"(^|_)(code|arguments)$", re.IGNORECASE)  # names of what holds Python
# Methods whose arguments no reader sees.
METHODS = {"count", "endswith", "get", "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rpartition"}
METHODS |= {"rstrip", "setdefault", "split", "startswith", "strip"}


def translate(text, in_code=False):
    """Return a text in the other language, and whether it ends within code."""
    words = []
    for start, part, end in _pieces(text):
        words.append(text[start : end - len(part)])
        in_code ^= part == "`"
        words.append(_word(part) if part.isalpha() and part.isascii() and not in_code else part)
    return "".join(words), in_code


def _pieces(text):
    start = 0
    for match in PARTS.finditer(text):
        yield start, match[0], match.end()
        start = match.end()
    yield start, "", len(text)


def _word(word):
    """Accent a word and make it longer by a third; a single letter is mathematics."""
    return (word + word[-1] * -(-len(word) // 3)).translate(LETTERS) if len(word) > 1 else word


class Translator(ast.NodeTransformer):
    """Translates the literals of a module of words, but for keys, code, docstrings, and what is only compared."""

    def visit_Constant(self, node):
        return ast.Constant(translate(node.value)[0]) if isinstance(node.value, str) else node

    def visit_JoinedStr(self, node):
        in_code = False
        for part in node.values:
            if isinstance(part, ast.Constant):
                part.value, in_code = translate(part.value, in_code)
            else:
                part.value = self.visit(part.value)  # not its format
        return node

    def visit_Dict(self, node):
        node.values = [self.visit(value) for value in node.values]
        return node

    def visit_Tuple(self, node):
        """Translate the first of each pair: what the options of a dropdown are called, not what they mean."""
        pairs = [one.elts for one in node.elts if isinstance(one, ast.Tuple) and len(one.elts) == 2]
        if len(pairs) < len(node.elts):
            return self.generic_visit(node)
        for pair in pairs:
            pair[0] = self.visit(pair[0])
        return node

    def visit_Call(self, node):
        function = node.func
        if isinstance(function, ast.Attribute):
            function.value = self.visit(function.value)
        if getattr(function, "attr", "") not in METHODS and getattr(function, "id", "") != "ord":
            node.args = [self.visit(value) for value in node.args]
            node.keywords = [self.visit(keyword) for keyword in node.keywords]
        return node

    def visit_keyword(self, node):
        return node if node.arg and PYTHON.search(node.arg) else self.generic_visit(node)

    def visit_Assign(self, node):
        if not any(isinstance(target, ast.Name) and PYTHON.search(target.id) for target in node.targets):
            node.value = self.visit(node.value)
        return node

    def visit_AnnAssign(self, node):
        if node.value and not PYTHON.search(getattr(node.target, "id", "")):
            node.value = self.visit(node.value)
        return node

    def visit_FunctionDef(self, node):
        node.body = [self.visit(statement) for statement in node.body]  # not its defaults
        return node

    def visit_Expr(self, node):
        return node if isinstance(node.value, ast.Constant) else self.generic_visit(node)  # a docstring

    def visit_Subscript(self, node):
        node.value = self.visit(node.value)
        return node

    def visit_Compare(self, node):
        return node


class Loader(SourceFileLoader):
    """Loads a module of words in the other language."""

    def get_code(self, fullname):  # never from the cache, where it is English
        return self.source_to_code(self.get_data(self.path), self.path)

    def source_to_code(self, data, path, *, _optimize=-1):
        tree = ast.fix_missing_locations(Translator().visit(ast.parse(data)))
        return compile(tree, path, "exec", dont_inherit=True, optimize=_optimize)


class Finder(PathFinder):
    """Finds modules of words, for Loader to load."""

    @staticmethod
    def finds(fullname):
        return any(f"{fullname}.".startswith(f"{name}.") for name in TEXTS)

    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if not cls.finds(fullname):
            return None
        spec = super().find_spec(fullname, path, target)
        if spec is not None:
            spec.loader = Loader(fullname, spec.origin)
        return spec


def translated():
    """Return copies of all modules of words that are loaded, in the other language, by their names."""
    english = {name: module for name, module in sys.modules.items() if Finder.finds(name)}
    sys.meta_path.insert(0, Finder)
    try:
        for name in english:
            del sys.modules[name]
        return {name: importlib.import_module(name) for name in english}
    finally:
        sys.meta_path.remove(Finder)
        sys.modules.update(english)
        for name, module in english.items():  # an import binds a module's name in its package, too
            package, _, name_there = name.rpartition(".")
            setattr(sys.modules[package], name_there, module)


def pytest_configure():
    assert not any(name in sys.modules for name in TEXTS), "it is English already"
    sys.meta_path.insert(0, Finder)


def pytest_collection_modifyitems(config, items):
    english = [item for item in items if item.get_closest_marker("english")]
    config.hook.pytest_deselected(items=english)
    items[:] = [item for item in items if item not in english]
