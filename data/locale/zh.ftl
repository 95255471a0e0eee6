# 本产品对人所说的话，中文。每个键在每种语言的文件中都有，参数相同。
# 名称、代码与 JSON 在各语言中相同。

## 所有命令

no-json = 无法写出 JSON：{ $error }
no-output = 无法写到标准输出：{ $error }
unknown-language = STACKWRIGHT_LANG 中的 `{ $value }` 不是本程序的语言
unknown-language-help = `en` 或 `zh`
wrong-format = 此格式不适用于此命令
wrong-format-help =
    `text` 与 `json` 处处可用；`markdown` 与 `csv` 用于 `table`、`atlas` 与 `inspect`，`markdown` 也用于 `plan`，`svg` 用于 `table` 与 `atlas`，`html` 用于 `atlas`，`sarif` 与 `junit` 用于 `inspect`
did-you-mean = 您是指 `{ $name }` 吗？

## 数值

by-definition = 由定义得出
without = 不含 { $parts }

## grade

latency = 延迟
security = 安全
observability = 可观测性
grade-by-reference = 按参考数值
grade-no-figures = 没有带参考数值的默认实现能覆盖此栈
grade-realized-by = 实现方式
grade-reference = 参考数值
grade-better = 更好的证据

## normalize

step-applied = 保留
step-moved = 移到 { $by } 之前，因为 { $law }
step-absorbed = 被 { $by } 吸收，因为 { $law }
step-refined = 细化 { $by }，因为 { $law }
step-completed = 与 { $by } 合成整体，因为 { $law }
step-expanded = 代表一个词：{ $law }
normal-form = 范式：{ $word }

## doctor

doctor-host = Linux { $kernel }，{ $architecture }
yes = 是
no = 否
doctor-operators = `run` 在此主机上能生效的算子
doctor-nothing = 此处没有

## laws

laws-left = 左边
laws-right = 右边
laws-no-stack = 无栈
laws-left-ill-typed = 左边不描述任何栈：{ $error }
laws-right-ill-typed = 右边不描述任何栈：{ $error }
laws-both-ill-typed = 两边都不描述任何栈：{ $left }；{ $right }
laws-reach = 左边到达 [{ $left }]，右边到达 [{ $right }]
laws-because = 因为 { $witness }
laws-everywhere = 因此在任何上下文中都成立，因为相等是同余关系

## explain

explain-unknown-code = 未知的诊断代码 `{ $code }`
explain-lists-codes = `stackwright explain` 列出所有代码
