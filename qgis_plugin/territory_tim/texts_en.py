"""The English of the plugin's own texts; those of the operations stand in the declarations."""

from __future__ import annotations

ENGLISH = {
    "<b>国土空间信息模型（Territory TIM）</b> {}<br>GPL-2.0-or-later · 不使用网络，不收集数据": (
        "<b>Territory TIM</b> {}<br>GPL-2.0-or-later · uses no network, collects no data"
    ),
    "{} 米": "{} m",
    "{}晕渲": "{} shading",
    "{}（指定名称，每行一个：名称=数据源）": "{} (under a given name, one a line: name=source)",
    "{}（来自{}）": "{} (from: {})",
    "“{}”不存在；请检查路径": "“{}” does not exist; check the path",
    "“{}”不是国土空间信息模型；请选择由“建立国土空间信息模型”生成的文件": (
        "“{}” is no territory information model; choose a file made by “Build a territory information model”"
    ),
    "“{}”不是有效的 GeoPackage 文件；请另选文件": "“{}” is no valid GeoPackage; choose another file",
    "“{}”已经存在；请勾选“覆盖已有结果”（高级参数），或换一个文件名": (
        "“{}” exists already; tick “Overwrite” (advanced parameters) or choose another name"
    ),
    "“{}”应写作 名称=数据源": "“{}” should be written name=source",
    "“{}”打不开；请另选图层": "“{}” cannot be opened; choose another layer",
    "“{}”正在工程中打开（图层“{}”）；请先移除它的图层，或换一个文件名": (
        "“{}” is open in the project (layer “{}”); remove its layers first or choose another name"
    ),
    "“{}”由较新的版本建立（结构版本 {}）；请升级插件": (
        "“{}” was made by a newer version (schema {}); update the plugin"
    ),
    "“{}”里的图层“{}”打不开；请检查模型文件": "Layer “{1}” of “{0}” cannot be opened; validate the model",
    "关于和诊断": "About and diagnostics",
    "关于和诊断…": "About and diagnostics…",
    "关闭": "Close",
    "国土空间信息模型": "Territory TIM",
    "国土空间信息模型（Territory TIM）": "Territory TIM (territory information model)",
    "图层“{}”写不成临时文件（{}）；请先另存为 GeoPackage 再选用": (
        "Layer “{}” cannot be written to a temporary file ({}); save it as a GeoPackage and choose that"
    ),
    "图层“{}”给了两次；请用 名称=数据源 分别命名": "Layer “{}” is given twice; name them by name=source",
    "土地利用": "Land use",
    "地形": "Terrain",
    "坐标系“{}”无法识别；请写成 EPSG:4547 这样的代码": (
        "Coordinate reference system “{}” is not known; write a code such as EPSG:4547"
    ),
    "复制诊断信息": "Copy diagnostics",
    "安装目录": "installation folder",
    "完成后加载到地图": "Load the result on the map",
    "已取消，没有写出结果": "Cancelled; no result was written",
    "帮助": "Help",
    "建立模型…": "Build a model…",
    "建筑": "Buildings",
    "建筑体块": "Building solids",
    "建筑体块（较低层次）": "Building solids (lower levels)",
    "开发目录": "developer's checkout",
    "引擎": "Engine",
    "引擎“{}”不存在或不能运行（来自{}）；请改正路径": (
        "The engine “{}” does not exist or cannot be run (from: {}); correct the path"
    ),
    "引擎“{}”启动不了；请在“设置”中检查引擎路径": "The engine “{}” does not start; check its path in the settings",
    "引擎与插件的版本不配套（协议 {} 与 {}）；请安装同一版本的引擎和插件": (
        "Engine and plugin do not fit together (protocols {} and {}); install the same version of both"
    ),
    "引擎可用：版本 {}，Python {}，{:.1f} 秒内回答": "The engine works: version {}, Python {}, answered in {:.1f} s",
    "引擎在 {} 秒内没有回答；请重试，仍不行请重启 QGIS": (
        "The engine did not answer within {} s; try again, and if that does not help restart QGIS"
    ),
    "引擎意外结束（退出码 {}），没有写出结果；请看日志，重试或重新安装引擎": (
        "The engine ended unexpectedly (exit code {}), no result was written; see the log, retry or reinstall it"
    ),
    "引擎拒绝了请求：{}": "The engine refused the request: {}",
    "引擎的回答无法识别；请在“设置”中检查引擎路径": (
        "The engine's answer is not understood; check its path in the settings"
    ),
    "引擎程序": "Engine program",
    "引擎：{}": "Engine: {}",
    "所选的图层，用它们自己的名称": "The chosen layers, under their own names",
    "打开模型": "Open a model",
    "打开模型…": "Open a model…",
    "按规则审查…": "Check against rules…",
    "插件：{}": "Plugin: {}",
    "数据目录": "data folder",
    "此处不支持 {}": "{} is not supported here",
    "正在启动引擎…": "Starting the engine…",
    "每行一个 名称=数据源；数据源是文件，或当前工程里图层的名称": (
        "One name=source a line; a source is a file or the name of a layer of the project"
    ),
    "没有找到引擎：请安装引擎，或在“设置 → 选项 → 国土空间信息模型”中指定它的路径": (
        "No engine was found: install it, or set its path under Settings → Options → Territory TIM"
    ),
    "测试引擎": "Test the engine",
    "环境变量 TIM_ENGINE": "environment variable TIM_ENGINE",
    "现在使用": "In use",
    "留空则自动查找": "Found by itself when empty",
    "结果（JSON）": "Result (JSON)",
    "结论（ok、violations、failed）": "Status (ok, violations, failed)",
    "地表": "Surface",
    "所有文件": "All files",
    "文件夹…": "Folder…",
    "加入整个文件夹": "Add a whole folder",
    "设置": "settings",
    "设置…": "Settings…",
    "诊断": "Diagnostics",
    "（约剩 {} 分钟）": " (about {} min left)",
    "（约剩 {} 秒）": " (about {} s left)",
    "；与插件的版本 {} 不同": "; not the plugin's version {}",
    "{} - 脚本编辑器": "{} - Script editor",
    "{} 处错误": "{} errors",
    "{} 第 {} 行：{}{}": "{} line {}: {}{}",
    "{}（有错误，不能用）": "{} (has errors, cannot be used)",
    "“{}”不是文字文件（既不是 UTF-8 也不是 GB18030）": "“{}” is no text file (neither UTF-8 nor GB18030)",
    "“{}”写不成（{}）；请换一个位置": "“{}” cannot be written ({}); choose another place",
    "“{}”太大，不像脚本文件": "“{}” is too large for a script",
    "“{}”打不开（{}）": "“{}” cannot be opened ({})",
    "“{}”里的“{}”与另一个文件里的同名，没有加入": "“{1}” of “{0}” has the name of another tool; it was left out",
    "　（可改）": " (can be fixed)",
    "保存": "Save",
    "保存脚本": "Save a script",
    "停止": "Stop",
    "其中的脚本（.zh）里的工具列在“数据处理”工具箱中；每行一个文件夹，工程文件旁的“脚本”文件夹总在其中": (
        "Tools in the scripts (.zh) of these folders appear in the Processing toolbox; one folder a"
        " line, the scripts folder beside the project file is always among them"
    ),
    "刷新工具": "Refresh tools",
    "加入文件夹…": "Add a folder…",
    "参数": "Parameters",
    "另存为…": "Save as…",
    "只能编辑，不能运行：": "Editing only, nothing can be run: ",
    "大纲": "Outline",
    "工具文件夹": "Folders with tools",
    "打开…": "Open…",
    "打开脚本": "Open a script",
    "整理格式": "Format",
    "新建": "New",
    "新脚本": "new script",
    "有错误的脚本": "Scripts with errors",
    "未命名": "untitled",
    "没有完成": "Not completed",
    "没有错误": "No errors",
    "测试": "Test",
    "点行号旁的圆点或按 Alt+回车，选择改法": "Click the dot beside the line number or press Alt+Return to choose a fix",
    "第 {} 行 {}：{}": "Line {}, {}: {}",
    "结果": "Results",
    "脚本": "Script",
    "脚本编辑器": "Script editor",
    "脚本编辑器…": "Script editor…",
    "脚本还没有保存。要保存吗？": "The script is not saved. Save it?",
    "脚本：{} 第 {} 行": "Script: {}, line {}",
    "规则“{}”：检查 {}，不通过 {}": "Rule “{}”: {} checked, {} failed",
    "运行": "Run",
    "运行完毕": "Finished",
    "运行结果": "Output",
    "运行脚本": "Run a script",
    "这个 QGIS 没有 QScintilla，不能编辑脚本": "This QGIS has no QScintilla; scripts cannot be edited",
    "问题": "Problems",
    "脚本的问题": "The script asks",
    "“{}”没有得到回答，脚本停下了": "“{}” was not answered; the script has stopped",
    "工程里没有矢量图层“{}”；有：{}": "The project has no vector layer “{}”; it has: {}",
    "工程里有 {} 个叫“{}”的图层；请改名，使它只有一个": "The project has {} layers called “{}”; rename all but one",
    "无": "none",
    "这里没有地图窗口，不能缩放": "There is no map window here to zoom",
    "图形不在地图的坐标系能表示的范围里，不能缩放": "The shapes lie outside the range of the map's CRS",
    "脚本不能运行算法“{}”；可以用：{}": "Scripts may not run the algorithm “{}”; they may use: {}",
    "算法“{}”没有完成，原因在日志里；请检查参数，图形无效时先用 native:fixgeometries 修复": (
        "The algorithm “{}” failed, see the log; check the parameters; repair invalid shapes with native:fixgeometries"
    ),
    "算法“{}”的参数“{}”不能由脚本给出，或值不对": "Parameter “{1}” of “{0}” is not for scripts, or its value is wrong",
    "参数“{}”要写图层，例如 打开图层（“地块”）": "The parameter “{}” needs a layer, see the help",
    "算法“{}”的距离按米计算，但图层的坐标系不以米为单位；请先用 native:reprojectlayer 转为投影坐标系": (
        "Distances of “{}” are metres, but the layer's CRS is not; use native:reprojectlayer first"
    ),
    "问题和结果": "Problems and output",
    "问题（{}）": "Problems ({})",
    "（共 {} 处错误）": " ({} errors in all)",
    "（第 {} 行）{}": " (line {}) {}",
    "错误": "error",
    "注意": "note",
    "建议": "hint",
    "规则集": "Rule set",
    "工具": "Tool",
}
