from html.parser import HTMLParser

OURS = "html head title style body h1 p span div details summary i b u s dl dt dd pre".split()
ATTRIBUTES = ["class", "id", "style", "open", "lang", "charset", "name", "content"]


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attributes):
        assert tag in OURS, (tag, self.getpos())
        assert all(name in ATTRIBUTES for name, _ in attributes), attributes
        self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        assert tag == "meta", (tag, attributes)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.getpos())

    def handle_comment(self, text):
        raise ValueError(text)

    handle_pi = unknown_decl = handle_comment


for text in texts:
    page = Page()
    page.feed(text)
    page.close()
    assert not page.open, page.open
