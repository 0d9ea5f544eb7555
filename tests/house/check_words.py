#!/usr/bin/env python3
"""Keeps the Chinese that people read to one word for one thing: the words that were given up stand nowhere
in the engine, its contract, the samples or the documents. Standard library only; exit code 1 names every place.

    check_words.py [root]         checks the tree
    check_words.py --self-test    sees that each word is noticed, and that the words in use are not
"""

import pathlib
import re
import sys

# What is written no more, and what is written instead.
GIVEN_UP = {
    "管登": "受理（公文用語：登錄列管）",
    "未受理": "無法執行",
    "受理登記|登記單回條": "受理、受理回執",
    "重複受理": "如需重送，請加上 --request-id（不會重複辦理）",
    "立案": "受理",
    "承諾期限": "辦理期限",
    "我們告知您的事": "辦理說明",
    "查詢另一案": "查詢其他案件",
    "請補齊缺少的文件": "請補齊下列文件，本公司收到後將接續辦理",
    "試行，將為": "試算，尚未生效；套用後為第 N 版",
    "時鐘": "時限；引擎的時鐘：時間",
    "曾逾期": "已逾期；逾期次數",
    '"應發|"發出': "應稽催時間、實際稽催時間",
    "停計|暫停計時": "停止計時",
    "展期": "展延",
    "急件": "普通件、速件、最速件",
    "無逾期個資": "無逾保存期限之個人資料",
    "佔用率": "占用率",
    '"短放棄': "短時放棄",
    "受話": "撥入號碼",
    "已登入，至": "已登入，有效至",
    "至第 ": "第 6 至 7 個工作天",
}
TEXT = {".h", ".cc", ".proto", ".sh", ".md", ".yaml", ".html", ".ts", ".txt"}


def places(name, text):
    for number, line in enumerate(text.splitlines(), 1):
        for word, instead in GIVEN_UP.items():
            found = re.search(word, line)
            if found:
                yield f"{name}:{number}: {found.group()} is given up; write {instead}"


def check_tree(root):
    files = [root / "README.md"]
    for folder in ("engine", "proto", "storage", "deploy"):
        files += [path for path in sorted((root / folder).rglob("*")) if path.suffix in TEXT and "node_modules" not in path.parts]
    for path in files:
        if path.is_file():
            yield from places(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))


def self_test():
    """Each word must be noticed, and none of those that replace them."""
    spelt = [word for words in GIVEN_UP for word in re.sub(r"\(\?<!\w+\)", "", words).split("|")]
    failures = [f"{word} was not noticed" for word in spelt if not list(places("x", word))]
    kept = ("登錄列管", "不受理", "不會重複辦理", "時限", "展延", "停止計時", "撥入號碼", "占用率", "最速件", "短時放棄", "過戶登記單")
    return failures + [breach for word in kept for breach in places("kept", word)]


def main():
    if sys.argv[1:] == ["--self-test"]:
        breaches = self_test()
    else:
        breaches = list(check_tree(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]))
    for breach in breaches:
        print(breach)
    print(f"words: {len(breaches)} breaches" if breaches else "words: in order")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
