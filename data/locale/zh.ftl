# 本产品对人所说的话，中文。每个键在每种语言的文件中都有，参数相同。
# 名称、代码与 JSON 在各语言中相同。

## 所有命令

no-json = 无法写出 JSON：{ $error }
no-output = 无法写到标准输出：{ $error }
unknown-language = STACKWRIGHT_LANG 中的 `{ $value }` 不是本程序的语言
unknown-language-help = `en` 或 `zh`
wrong-format = 此格式不适用于此命令
wrong-format-help =
    `text` 与 `json` 处处可用；`markdown` 与 `csv` 用于 `table`、`atlas` 与 `inspect`，`markdown` 也用于 `plan`，`svg` 用于 `table`、`atlas` 与 `compare`，`html` 用于 `atlas` 与 `compare`，`mermaid` 与 `dot` 用于 `atlas`，`sarif` 与 `junit` 用于 `inspect`
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
explain-mended = 改正后：

## atlas and compare

atlas-formats = 可用 { $formats }
atlas-planner = 规划器的结论
atlas-asked = 所问：“{ $text }”
atlas-plans = 规划结果：{ $plans }
atlas-not-understood = 未能理解：{ $words }
atlas-agrees = 推荐的 { $word } 在最优方案之列
atlas-disagrees = 推荐的 { $word } 不在其中：
atlas-exported = 已将 { $count } 个文件写入 { $folder }
atlas-no-path = 没有从 { $from } 到 { $to } 的路径
atlas-needs-host = 主机须有
atlas-needs-before = 前提
atlas-needs-others = 其他技术
atlas-needs-nothing = 未知 { $name } 需要什么
atlas-inside-said = 文档称可运行于 { $name } 之上的有：{ $list }
atlas-inside-both = { $name }：文档与代数一致，可以
atlas-inside-documents = { $name }：文档称可以，但按代数其算子无一位于其内
atlas-inside-algebra = { $name }：文档未提及，按代数可以
atlas-inside-neither = { $name }：两者都未提及
placed-inside = { $inner } 位于 { $outer } 之内，反之不可
placed-either = { $inner } 可在 { $outer } 之内或之外：这是两个不同的技术栈
placed-beside = { $inner } 与 { $outer } 并列：次序没有区别
placed-absorbed = { $outer } 已包含 { $inner } 所增加的一切
placed-refused = { $inner } 不能位于 { $outer } 之内
atlas-layer-agrees = { $said }：代数一致
atlas-layer-disagrees = { $said }：代数不一致
atlas-layer-but = 但 { $placed }
atlas-layers = 共 { $count } 条陈述，其中 { $disagree } 条与代数不一致
compare-disagreements = 证据不一致之处
compare-disagrees = { $subject }，{ $dimension }：所述为 { $said }；{ $evidence }
compare-claims = 文档的相关论断
compare-usage = 何时选用

## atlas align

align-aligned = 一致
align-drifted = 已漂移
align-missing = 不存在
align-unverifiable = 无法核实
align-quotation = 引文
align-definition = 定义
align-citation = 文献
align-link = 链接
align-counts = { $aligned } 项一致，{ $drifted } 项已漂移，{ $missing } 项不存在，{ $unverifiable } 项无法核实；`atlas align 概念` 说明原因
align-concept = 概念
align-authority = 权威来源
align-title = 标题
align-verdict = 结论
align-said = 文档
align-place = { $basis }，{ $document }，第 { $line } 行
align-found = 实际
align-as-of = 截至 { $date }
align-undated = 未注明日期
align-read = { $date } 读取：{ $copy }
align-now = 当前
align-gone = 该地址没有内容（HTTP { $status }）
align-unseen = 未读到其任何副本
align-unreachable = 该地址没有应答：{ $why }
align-difference = 差异
align-similarity = 相似度
align-snapshot = 快照
align-still = 仍与权威来源一致
align-no-longer = 已与权威来源不一致
align-words-of = 出自
align-address = 地址
align-instead = 替代
align-version = 版本
align-note = 注
align-projects = 项目
align-since = 自 { $date }
align-as-of-source = 截至 { $date }；{ $source }，{ $address }
align-looking = 正在询问 { $address }
align-unknown-concept = 没有带引用的概念 `{ $name }`
align-concepts = 有 { $names }

## atlas decide

decide-step-1 = 需求分析
decide-step-2 = 场景识别
decide-step-3 = 概念对比
decide-step-4 = 技术选型
decide-step-5 = 权威验证
decide-nothing = 无
decide-stars = 决策矩阵中 { $dimensions } 的星数
decide-no-dimension = 所求均不是决策矩阵的行
decide-concepts = 决策树导向 { $concepts }
decide-plan = 方案 { $plan }
decide-with = 采用 { $technologies }
decide-in-plan = { $concept }：由 { $operators } 提供
decide-not-in-plan = { $concept }：不在方案中，因为所求都不需要它
decide-also = 同样最优：{ $plan }
decide-conflict = 没有方案：以下要求不能同时成立
decide-nearest = 最接近的
decide-references = 引用：{ $aligned } 项一致，{ $drifted } 项已漂移，{ $missing } 项不存在，{ $unverifiable } 项无法核实；`atlas align { $concept }` 说明原因
decide-wrote = 已写入 { $path }
decide-prompt-one = 选其一：
decide-prompt-several = 可选多项，用逗号分隔；回车表示无：
decide-prompt-default = 选其一；回车表示 { $default }：
decide-after = 在 { $answer } 之后
decide-here = 此处
decide-no-input = 无法读取标准输入：{ $error }
decide-no-flag = `{ $text }` 没有回答任何问题
decide-no-flag-help = 请写 `--answer 问题=答案`；`stackwright atlas decide --list` 列出两者
decide-no-answers = 这不是答案列表
decide-no-answers-help = 请写 `问题: 答案` 或 `问题: [答案, 答案]`；`stackwright atlas decide --list` 列出两者
decide-no-question = 没有问题 `{ $question }`
decide-elsewhere = 问题 `{ $question }` 只在 { $answer } 之后提出
decide-no-answer = `{ $answer }` 不是 `{ $question }` 的答案
decide-one = `{ $question }` 只有一个答案
decide-there-are = 有 { $names }
decide-unanswered = 问题 `{ $question }` 没有答案
decide-unanswered-help = 请用 `--answer { $question }=…` 回答，可选 { $answers }

## run

note = 说明
warning = 警告
error = 错误
run-degraded = 以此主机能提供的层运行（--degraded）
run-nothing = { $what } 之下没有可运行的内容
run-nothing-help = 请指定模块：`stackwright run { $what } -- module.wasm`；捆绑包是含 `/` 的路径
run-no-variable = `{ $text }` 没有设置变量
run-no-variable-help = 请写 `--env 名称=值`
run-no-grant = `{ $text }` 不是授权
run-no-grant-help = 请写 `--grant 主机路径:/客体路径`，末尾加 `:rw` 则允许工作负载写入
run-no-driver = `{ $text }` 没有选定驱动
run-no-driver-help = 请写 `--driver 算子=驱动`，例如 `--driver C=runc`
run-serve-command = 只有模块能应答请求，栈须为 W，其外可有 S、I 或 I∘C
run-serve-command-help = 例如 `run --serve S∘W -- module.wasm` 或 `run --serve I∘C∘S∘W -- module.wasm`
run-cluster-option = { $option } 不适用于面向集群的包
run-cluster-option-help = 包内的文档已经说明，或者 podman 没有相应的位置；可以给出 `--time-limit`、`--output-limit`、`--env`、`--degraded`、`--keep`、`--detach` 以及参数
image-roots-removed = 已删除 { $count } 个解包的根文件系统
image-no-roots = 没有存放解包镜像的文件夹：XDG_CACHE_HOME 和 HOME 均未设置
image-no-roots-help = 请用 STACKWRIGHT_STATE 指定一个
run-in-force = 已生效
run-not-in-force = 未生效
run-predicted = 预测 { $value }
run-exited = 以退出码 { $code } 结束
run-trapped = 陷入异常（退出码 { $code }）：{ $message }
run-timed-out = 到达时间上限而被终止（退出码 { $code }）
run-output-limit = 到达输出上限而被终止（退出码 { $code }）
run-out-of-memory = 到达内存上限而被终止（退出码 { $code }）
run-unhealthy = 因探针失败而被终止（退出码 { $code }）：{ $why }
run-no-port = `{ $text }` 不是可发布的端口
run-no-port-help = 请写成 `[[地址:]主机端口:]端口`，例如 `8080:80`；只转发 TCP
run-no-probe = `{ $option } { $text }` 不是探针
run-no-probe-help = 请写 `tcp:端口`、`http:端口/路径` 或 `exec:命令`，前面可加以逗号结尾的设置，例如 `every=5s,failures=2,http:8080/ready`
run-signalled = 被信号 { $signal } 结束（退出码 { $code }）

## laws of all operators

laws-idempotence = 幂等
laws-commutation = 交换
laws-others-commute = 其余 { $count } 对处处可交换
laws-refinement = 细化：具有另一者的全部，并有更多同类性质
laws-whole = 部分与整体
laws-absorption = 吸收
laws-holds-everywhere = 处处成立
laws-holds-where = 成立条件
laws-holds-nowhere = 处处不成立
laws-witness = 在 { $context } 之后：{ $left } 与 { $right }

## table

table-legend = 行∘列 的范式；· 表示不描述任何栈。律、等级与原因：--format json、csv 或 svg
table-title = 算子的组合：行∘列

## catalog

catalog-builtin = 内置目录
catalog-files = { $files } 个文件
catalog-overlay = { $names } 的 { $files } 个文件叠加于内置目录
catalog-well = 一切正常
catalog-warnings = { $count } 个警告
catalog-counts = { $operators } 个算子，{ $technologies } 项技术，{ $realizations } 个实现，{ $interactions } 条相互作用，{ $evidence } 条证据
catalog-proved = 相等是同余关系：由 { $equations } 个等式与 { $pairs } 对状态证明，用时 { $milliseconds } ms
catalog-hash = 目录 { $hash }
catalog-overlay-hash = 叠加层 { $name } { $hash }
catalog-automaton = 自动机：域的局部状态 { $domains } 个，状态 { $states } 个，转移 { $transitions } 个；标记集合 { $marks } 个；构建用时 { $milliseconds } ms
catalog-principle = 栈必须 { $demand }，因为 { $because }
catalog-taken-for = “{ $word }”即{ $meaning }

## emit, verify, ps

wrote-files = 已将 { $count } 个文件写入 { $folder }
emit-image = { $stack }，用于 { $name }，{ $digest }
emit-written = 已写入 { $folder }
verify-planned = 计划
verify-found = 实际
verify-mutants = 拒绝了 { $count } 个变体
verify-cases = { $count } 个测试用例符合预期
verify-documents = 已检查 { $count } 个文档
verify-ok = 通过
verify-not-ok = 未通过
stats-run = { $id }  处理器 { $processor }  内存 { $memory }，至多 { $peak }  任务 { $tasks }  读 { $read }  写 { $written }
stats-unknown = 未知
ps-ready = 就绪
ps-not-ready = 未就绪
ps-code = 退出码 { $code }

## plan

plan-for = { $requirement }，面向 { $target }
plan-judged = 评判依据
plan-stability = 排序的稳定性
plan-others = 同样最优
plan-more = 另有 { $count } 个（--top）
plan-why-not = 为何不是 { $stack }
plan-rejected = 被否决
plan-complete = 前沿完整
plan-more-optimal = 最优方案多于所列
plan-incomplete = 前沿不完整，搜索到达上限；没有方案的冷启动低于 { $start } ms、内存低于 { $memory } MB、每次请求低于 { $request } ms
plan-searched = 栈与实现的 { $all } 种组合中有 { $found } 种最优（{ $labels } 个标签）：{ $complete }
plan-plan = 方案 { $stack }
plan-nodes = 运行于以下节点
plan-why = 原因
plan-binding = 起约束作用的条件
plan-gives-up = 其他方案更优之处
plan-figures = 数值
plan-risks = 风险
plan-nor = 同样不能
plan-more-sets = 以上并非全部此类集合
plan-nothing-else = 没有其他方案
plan-and = { $before }，且{ $change }
plan-opens = { $changes }：可得 { $stack }（{ $realizations }）
plan-weight-between = { $preference } 的权重从 { $from } 到 { $to }；超出则 { $other } 居首
plan-weight-any = { $preference } 的权重：任意
plan-weight-from = { $preference } 的权重从 { $from } 起；低于则 { $other } 居首
plan-first-other = 若以 { $preference } 为先，则 { $other } 居首
plan-first-same = 若以 { $preference } 为先，仍是同一方案居首
plan-no-workload = 需求没有指明工作负载的文件，而捆绑包需要它
plan-looking = 正在检查此主机
plan-no-host = { $path } 不是 `doctor --format json` 所写的内容：{ $error }
plan-no-host-help = 请用 `stackwright doctor --format json` 写出
plan-understood = 已理解
plan-implied = { $meaning }（隐含）
plan-not-understood = 未理解
plan-assumed = 默认认定
plan-overridden = 另有说法
plan-not-judged = 已理解，但不据此评判方案

## atlas claims

claims-unknown = 没有论断 `{ $id }`
claims-all = `stackwright atlas claims` 列出全部
claims-supported = 成立
claims-contradicted = 被否定
claims-undetermined = 未定
claims-law = 律
claims-for = 支持
claims-against = 反对
claims-open = 未决
claims-besides = 旁证
claims-place = { $document }，第 { $section } 节，第 { $line } 行
claims-counts = { $supported } 条成立，{ $contradicted } 条被否定，{ $undetermined } 条未定；`atlas claims 论断` 说明原因
claims-columns = | 结论 | 论断 | 文本 | 原因 | 应为 |

## 命令行的帮助与错误

help-usage = 用法：
help-commands = 命令
help-command = 命令
help-options = 选项
help-global = 全局选项
help-arguments = 参数
help-default = 缺省：{ $values }
help-possible = 可选值：{ $values }
line-error = 错误：
line-unknown = 未知的参数 `{ $argument }`
line-no-command = 没有命令 `{ $command }`
line-wants-command = 缺少命令
line-missing = 缺少：{ $arguments }
line-no-value = `{ $argument }` 需要一个值
line-value = `{ $value }` 不是 `{ $argument }` 的值
line-invalid = `{ $value }` 不是 `{ $argument }` 的值：{ $why }
line-conflict = `{ $argument }` 不能与 `{ $other }` 同用
line-number = `{ $argument }` 的值的个数不对
line-more = `--help` 显示更多

## inspect

inspect-workloads = { $count } 个工作负载
inspect-declared = 已声明但未生效：{ $operators }
inspect-assumed = 假定（{ $about }）：{ $what }；查明方法：{ $settle }
inspect-unknown = 未知（{ $about }）：{ $what }；查明方法：{ $settle }
inspect-lacks = 缺少
inspect-not-assured = 未获保证
inspect-let-pass = 放行
inspect-set = 设 { $path }：{ $value }（{ $why }）
inspect-objects = 自身带有算子的对象
inspect-read-by = { $count } 个对象，由 { $reader } 读取
inspect-counts = { $files } 个文件：{ $documents } 个文档，{ $workloads } 个工作负载，{ $policies } 个策略对象，{ $errors } 个错误
inspect-weakened = { $count } 个工作负载少于其声明
inspect-enough = { $workloads } 个中有 { $enough } 个具备所要求的内容
inspect-nothing = { $count } 个文档不含相关内容：{ $named }
inspect-nothing-more = { $count } 个文档不含相关内容：{ $named } 以及其他 { $more } 类
inspect-no-object = { $count } 个不是某类型的对象
