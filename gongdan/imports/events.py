"""What happens to imports, in words."""

from __future__ import annotations

from enum import StrEnum

from gongdan.kernel.text import Text, _


class Verb(StrEnum):
    """Event verbs of imports."""

    UPLOADED = "imports.uploaded"
    MAPPED = "imports.mapped"
    CHECKED = "imports.checked"
    LOAD_ASKED = "imports.load_asked"
    LOADED = "imports.loaded"
    FAILED = "imports.failed"
    UNDO_ASKED = "imports.undo_asked"
    UNDO_REFUSED = "imports.undo_refused"
    UNDONE = "imports.undone"


SENTENCES: dict[str, Text] = {
    Verb.UPLOADED: _("{actor} 上传了 {name}"),
    Verb.MAPPED: _("{actor} 调整了列的对应"),
    Verb.CHECKED: _("检查完毕：{good} 行可导入，{duplicate} 行重复，{refused} 行不能导入"),
    Verb.LOAD_ASKED: _("{actor} 开始导入"),
    Verb.LOADED: _("导入完成：{count} 行"),
    Verb.FAILED: _("导入没有完成：{reason}；已导入的部分已全部撤回"),
    Verb.UNDO_ASKED: _("{actor} 要求撤销这次导入"),
    Verb.UNDO_REFUSED: _("没有撤销：{reason}"),
    Verb.UNDONE: _("导入已撤销，没有留下任何数据"),
}
