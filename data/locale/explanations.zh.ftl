# `stackwright explain 代码` 的解释，中文。键为代码，以 `-` 代替 `::`；标题在 codes.zh.ftl。英文在 data/diagnostics*.yaml。

## 表达式

expression-syntax = 某个字符在其位置上没有含义，括号不配对，或 `^` 之后不是数字。表达式是由外到内的一列算子，其间用 `∘`、`→`、`->`、逗号或空格分隔；括号用于分组，`^2` 或 `²` 重复其前面的部分。
expression-unknown-operator = 每个算子都有一个符号，例如 `C` 表示容器，`Am` 表示环境网格。大小写有区别；连写而无分隔的算子会被读作一个名称。`stackwright catalog list operators` 说明每个算子的作用。
expression-ill-typed = 某个算子位于它无法起作用的位置。算子由外到内书写。隔离侧面的任何算子都不能位于 `W` 之类的语言运行时之内：容器或过滤器包围运行时，因此写在它前面。另外，虚拟机监控器至多嵌套两层。帮助给出最可能想写的词。
expression-too-long = 将幂展开之后，一个表达式至多可有一百万个字母。重复一个算子，远在此之前就已不再增加任何内容或会被拒绝，因此用较小的幂即可表达同样的意思。
expression-encoding = `normalize -` 与 `grade -` 每行读取一个 UTF-8 编码的表达式。出错的行会连同行号报告，流的其余部分继续读取，命令以退出码 2 结束。

## 数量

quantity-syntax = 数量是一个有限且不小于零的数，后接单位。数以点作小数点，可含下划线；不支持指数记法。
quantity-unit-missing = 单独一个数，既可能是毫秒也可能是秒，既可能是 MB 也可能是 MiB。猜错会改变方案所允许的范围，因此不作猜测。
quantity-unit-unknown = 时间的单位为 ns、us、ms、s、min 或 h；内存量的单位为 B、kB、MB、GB、TB，或以 1024 的幂计的 KiB、MiB、GiB、TiB；比例的单位为 %。大小写有区别。
quantity-dimension = 该单位属于另一类数量，与此处所需的不同，例如需要时间之处写了内存量。

## YAML

yaml-encoding = 文件只按 UTF-8 读取。诊断指出第一个不合法的字节，它往往是第一个非 ASCII 字符。请在编辑器中将文件存为 UTF-8，或用 `iconv -t UTF-8` 转换。
yaml-syntax = 从标出的位置起，文本无法按 YAML 读取。常见原因有：列表或引号没有闭合，缩进与上文任何一级都不对应，用制表符缩进，以及未加引号的值中含有 `:` 或 `#`。
yaml-empty = 文件没有内容，或只有注释。不打算说明任何事情的文件应当去掉。
yaml-documents = 以 `---` 开头的行开始另一个文档，而此类文件只读取一个文档。请在该处将文件拆开。
yaml-duplicate-key = 同一个键的两个值互相矛盾，而以哪个为准取决于读取的程序。请保留想要的那一个。两处位置都已标出。
yaml-too-large = 一个文档至多可有二十万个键、值与列表项。别名所重复的内容每次都重新计数，因此小文件也可能是大文档。请拆分文件，或只在需要之处写出重复的内容。
yaml-unknown-key = 没有含义的键会被拒绝，否则拼错的键就成了悄然不生效的设置。帮助列出此处有效的键，以及与所写最接近的键。
yaml-missing-key = 标出的映射缺少一个必需的键。消息说明是哪一个。
yaml-unknown-value = 该键只接受若干名称之一。帮助列出这些名称以及与所写最接近的一个。若是 `apiVersion`，则表示文件是为该格式的另一个版本写的。
yaml-type = 例如应为映射之处是列表，应为数之处是文本；消息说明期望什么、实际是什么。`yes` 或 `10ms` 这样的值是文本；`true` 与 `10` 不是，除非加上引号。`!!str` 之类的标签不予读取。

## 目录的数据

catalog-kind = 每个数据文件都以 `apiVersion` 与 `kind` 开头，由 `kind` 决定其余部分如何读取。此处缺少 `kind`，或其值不是数据文件的任何种类。帮助列出所有种类。
catalog-operators = 范式与律由所声明的作用计算得出，因此每个作用都必须针对在它之前已声明的内容：结构中的内核、层或属性，或前面的算子。符号不可重复。可能无限嵌套的内核需要 `nesting`。消息说明哪个算子有错及原因。
catalog-duplicate = 名称在目录的所有文件中用于引用，因此每个名称只能属于一项。消息说明它首次定义于何处。请改名，或删除不需要的那一个。
catalog-reference = 所写的技术、实现、指标、证据记录、算子或标记在目录的任何文件中都没有定义，或某条记录被用于并非其自身的指标。帮助给出现有名称中最接近的一个。
catalog-word = 查找实现与命名形式时逐个字母比较词，因此数据必须采用所有相等的词共同化简成的那一种形式。消息说明那是什么，或该词为何不描述任何栈。
catalog-unit = 指标的单位不存在，或记录的单位与其指标所度量的不同。记录可使用该指标量纲的任何单位，会自动换算。
catalog-contradiction = 一项技术不能既需要另一项、又无法与之共用；相互作用涉及两个不同的对象；只有当相互作用写明了补救办法时，实现才可能包含它。请改正有错的一条；若两者分别适用于不同版本，请写明版本并给出补救办法。
catalog-figure = 记录至少要有一个数；`low`、`typical` 与 `high` 为有限数，不小于 0，且按此次序；`below` 代替 `high`。发表或测得的数值须说明其条件：没有条件，任何人都无从判断。若一无所知，则不写记录，数值即为未定。
catalog-overlay-key = `replaces`、`accepts` 与 `add` 说的是在它之前已有的内容。自行声明域的全部结构的目录，在它之前没有任何内容。

## 叠加层

overlay-empty = `--catalog` 所指的文件夹中没有以 `.yaml` 或 `.yml` 结尾的文件。叠加层的文件须属于 `stackwright catalog schema` 所列的种类。
overlay-duplicate = 算子、技术、实现以及其他所有记录都以名称识别，名称在所有文件中通用。任何替换都不会悄然发生：要替换某条记录的文件，须在 `replaces` 下列出其名称。
overlay-replaces = `replaces` 下的每个名称都必须既是同一文件中某条记录的名称，又是内置目录或在它之前的叠加层中同类记录的名称。
overlay-facet = 范式依次列出打包、隔离、网络、遥测与策略。改属另一个侧面的算子会在每个词中换位置；请改为给它一个自己的符号。
overlay-congruence = 只有当相等的词在任何地方都可互换时，范式与律才有意义。对每个叠加层的算子，这一点由编译所得的表上的有限个等式判定。等式过多时判定失败：请减少声明的层、属性以及层的细化。
overlay-changed-normal-form = 栈的范式是到达它的最短的词。一次完成若干内置算子之事的算子会使词变短，而替换某个算子会改变词的含义。别人称为 `C∘S` 的内容在此就会另有名称，因此予以拒绝，并给出发生变化的最短的词。宏（`expands`）为一个词命名而不改变范式。确实需要这一变化时，请写 `accepts: [changed-normal-forms]`；内置的实现与命名形式随即按其新的范式读取，新算子的实现也必须以新的范式给出。
overlay-equal-operator = 两者从任何栈出发都到达同一个栈，因此其中一个永远不会出现在范式中。若新算子确有其特别之处，请让它细化另一个算子并增加标记。
overlay-merged-stacks = 命名形式以及 `protected` 下的词必须可以互相区分：过滤器在容器之内与在容器之外，安全性不同。某个叠加层替换了算子，或替换了算子所作用的对象，使其中两个词合而为一。
overlay-shadowed-symbol = 该符号与另一个符号仅有大小写之别；或读起来像忘了分隔的若干符号（这样的表达式原先会报错并给出正确的帮助，现在却有了别的含义）；或像幂，如 `C2` 与 `C²`。

## 论断与矩阵

claim-word = 论断中的词与别处写法相同。等式的一边可以不到达任何栈，因为等式即由此判定；范式，以及讨论其等级或数值的词，则必须到达某个栈。
claim-subjects = 次序至少要有两个对象，且不含空集；最高级要有可比较的其他对象，且自身在其中；任何对象、算子或词都不得同时出现在两边。否则论断将恒成立，或恒不成立。
claim-value = 数值与以该指标单位表示的数量比较；等级与 1 到 5 的数或某个标签比较；星数与数比较；矩阵中的词与词比较。区间的起点须在终点之前。
claim-cell = 列规定了其单元格的内容：不超过某个数的星数、两端有序的区间、该列的某个级别，或文字。单元格须有来源，即其自身的来源或矩阵的来源。未知的留空；单元格绝不以猜测填充。

## 权威来源与引导式选择

authority-hash = 权威来源的每份快照都附有其文本的 SHA-256，使引文不能被悄然更改。消息给出现有文本的哈希；若文本无误，请写入该哈希。
authority-absent = `absent` 表示没有该标题的任何内容，`seen` 表示读到了什么。两者不可能同时为真。请去掉其一。
align-concept = `atlas align` 接受概念的名称，例如 `service-mesh`，或其英文或中文称呼。不给名称时列出所有概念的引用。
decision-stars = 在决策矩阵的每个维度上，概念有一到五颗星。
decide-question = `stackwright atlas decide --list` 列出所有问题；属于分支的问题，还会说明在哪个答案之后提出。
decide-answer = 答案可用名称、从 1 起的编号，或 `stackwright atlas decide --list` 所列的文字给出。除非问题说明可选多项，否则只取一个答案。
decide-answers = 答案文件是从问题到一个答案或一列答案的映射，并可用 `name` 给出需求的名称。
decide-unanswered = 未用 `--answer` 或 `--answers` 给出答案时，问题显示在标准错误上，答案从标准输入读取，而标准输入已结束。有缺省答案的问题，空行即取其缺省值。

## 图集

atlas-name = 所写的矩阵、行、列、概念、事物或维度并不存在。供程序使用的名称与供人阅读的名称都可用，中英文均可；消息列出已有的名称以及最接近的一个。
atlas-itself = 比较与路径都是在两个不同的事物之间。所给的两个名称指向同一个概念、技术或栈（同一个栈可有多种写法，例如 `C∘C` 与 `C`）；或者只给了一个。
atlas-occupied = `atlas export -o 文件夹` 要么写出全部文件，要么什么也不写；只有当文件夹是一份文件均未被改动的导出时才会替换它，其文件由 `SHA256SUMS` 列出。其他文件夹一律不动。请另指定一个文件夹，或删除这一个。
atlas-claim = `stackwright atlas claims` 列出每条论断及其名称与结论。

## 需求

requirement-bound = 界限由比较符与值组成，例如 `< 10ms` 或 `>= 4`。等级为 1 到 5 的整数，5 最好；没有比较符时，等级表示可接受的最低值，数量表示可接受的最大值。
requirement-contradiction = 无论栈是什么，这些约束都互相排斥：区间内没有任何值，同一算子既要求含有又要求排除，没有栈能同时具有的若干隔离级别，或两种偏好；它们可能出自文件、文字，或两者之间。请去掉其一。若各约束单独都可满足、而没有已知的栈能全部满足，则由 `plan` 说明，退出码为 1，并给出最接近的栈。
requirement-text = 文字中没有任何词说明所需的内容。文字可用中文或英文：数量及其所度量的对象，例如 `cold start < 10ms`；表示品质的词，例如 `lightweight`；需要，例如 `zero trust`；以及不想要的内容，例如 `no sidecar`。`data/lexicon.yaml` 列出所有说法。
requirement-name = 需求自身的名称会成为文件与对象的名称，因此至多 63 个小写字母、数字与中间的连字符。需要、合规制度、原则与指标的名称由目录定义；消息将其列出。
requirement-workload = 工作负载是以下之一：`wasm`（WebAssembly 模块）、`binary`（Linux 程序）、`image`（镜像引用）、`score`（Score 文件）与 `manifest`（Kubernetes 清单），文件路径相对于需求文件；也可以都不写，此时只规划栈。它还可以有 `kind`、`args`、`env`、`ports`、`facts`、`syscalls`、`seccomp`（自带的配置）与 `egress`（它所连接的目的地：`cidr`，或 `namespace` 与 `pods`，以及 `ports`）。其文件的内容须与 `kind` 一致。变量名不为空且不含 `=`，端口为 1 到 65535。
requirement-platform = `platform` 说明可供运行的平台：`kubernetes`（版本）、`orchestrator`、`engine`、`cni`、`mesh` 与 `with`（其他技术），各为目录中可担任该角色的技术的名称，若版本有影响则在空格之后写明版本；或为 `none`。`stackwright catalog list technologies` 列出这些名称。
requirement-profile = 配置概要是目录所命名的一段需求，例如 `fast-light`。`stackwright catalog list profiles` 列出每个配置概要，以及其出处的文字如何成为约束。
requirement-metric = 约束与偏好引用目录中的指标。`stackwright catalog list metrics` 列出每个指标的单位及其确切的度量内容。
requirement-grade = 等级有 `latency`、`security` 与 `observability`，各为 1 到 5，5 最好。`4` 或 `>= 4` 这样的界限要求达到该等级或更好。
requirement-isolation = 由弱到强，各级别为 `none`、`process`、`operating-system`、`language`、`user-kernel`、`hardware` 与 `confidential`。需求可对其中之一要求 `at_least`、`exactly` 或 `not`。
requirement-weight = 权重说明在满足全部约束的方案之间排序时各指标的分量。权重为有限数且不为负；没有权重的指标不计入。
requirement-rule = 在集群需求中，命名空间的规则是 `isolation >= hardware`、`security >= 4`、`with S` 或 `without P` 之类的语句，以逗号分隔，或与需求中相同的约束。
requirement-suppression = 集群需求中的豁免须说明针对哪个工作负载、理由，以及有效的最后一天。

## 工作负载

workload-elf = `binary` 是 ELF 格式的程序，已链接并可运行。只读取其文件头：为何种机器而编译，以及是否需要加载器。脚本、库与目标文件不能自行启动。
workload-wasm = `wasm` 是二进制格式的模块或组件。此处读取其文件头与导入；代码是否有效由运行它的引擎查明。
workload-image = 引用是小写的名称，若不在引擎的缺省仓库中则前置仓库，后接标签或摘要，例如 `registry.example/team/app:1.2`。标签可能改指另一个镜像；只有摘要能确定内容。
workload-score = 读取 `score.dev/v1b1` 版本的 Score 文件：带名称的元数据，容器及其镜像、变量、文件、卷、资源与探针，服务的端口，以及资源。`{"${resources.db.host}"}` 之类的占位符必须引用文件中已声明的内容。
workload-kubernetes = 清单可含多个对象，其中恰有一个是工作负载：Pod，或带有 Pod 模板的对象。从中读取决定栈的内容，例如主机网络、设备与特权；不检查清单是否有效。

## 生成与捆绑包

emit-realization = 此版本所写的捆绑包由内嵌的层组成，在此主机上无需安装任何东西即可运行。最佳方案用到了其他实现。使用 `--here` 则只按此主机能运行的实现规划。
emit-workload = `plan` 的捆绑包只含 WebAssembly 模块；Linux 程序的方案会被找出、排序并解释，但不写成文件。`emit --target oci` 可打包目录与 Linux 程序，栈含 W 时也可打包模块；容器需要启动命令，以及以编号给出的用户。
emit-target = 此版本为目标 `oci` 写捆绑包。面向其他目标的方案会被找出、排序并解释，但不写成文件。
emit-json = 某个值没有 JSON 形式。这是本产品的缺陷；请连同引发它的需求一并报告。
emit-unexpressed = 所生成的内容必须具有栈所说的作用。OCI 镜像与运行时捆绑包能表达最内层内核之内的内容：镜像、命名空间、限额、根文件系统以及工作负载的过滤器。网格、遥测或策略，围绕容器的过滤器，以及围绕虚拟机的层，它们都无法表达。此时不写任何文件。
emit-data = 各实现如何写到集群中，由数据规定（Landing 类文件）。其中某个名称没有所指，或加到文档中的内容不是该文档的字段。若出自叠加层，请修改该文件；若出自内置数据，则是本程序的错误。
emit-conflict = 一个 Pod 只有一个运行时类，一个标签只有一个值。方案中的两个实现无法写入同一个 Pod；请用 `--with` 为其中之一另选实现。
emit-refused = Kata Containers 不提供主机网络，也不能挂载卷的一部分；gVisor 不透传任意设备。若捆绑包仍如此要求，则会被集群拒绝，或在缺少它的情况下运行，因此不写。请为另一个栈规划，或更改工作负载。节点通过自身设置所提供的内容（例如 gVisor 中的 GPU），若以 `--accept` 声明节点已具备，则会写出；捆绑包的 README 与锁文件会写明该设置。
emit-name = 对象以域名系统的标签命名：1 到 63 个小写字母、数字与中间的连字符，以字母开头。端口名至多 15 个字符，一个服务的每个端口只能出现一次。
emit-version = 请给出介于消息所述最旧与最新版本之间的版本，例如 `--kubernetes 1.34`。
emit-no-image = Pod 运行的是镜像。对模块或程序，`--image` 指明其镜像推送到的仓库，摘要由其内容得出。对镜像为 `.` 的 Score 文件，它指明已构建的镜像。
emit-unpinned = 只有摘要能确定镜像的内容。此处不拉取任何内容，因此标签无法解析；请写 `repository@sha256:…`，或以 `--unpinned` 接受所运行的内容可能变化。`verify` 每次都会指出这一点。
emit-manifest = 清单按严格方式读取：未知的字段会丢失，因此是错误。请去掉由集群填写的内容（status、uid、creationTimestamp）。可沿用的有 Deployment、StatefulSet、DaemonSet、Job、CronJob 与 Pod。
emit-stack = 有些栈的实现只面向其他目标，或只面向另一类工作负载，例如 W 承载不了 Linux 程序。`stackwright catalog list realizations` 列出各实现所实现的词。
emit-hindered = 目录中有一条相互作用表明栈的某一层不会生效，例如环境网格围绕用户态内核，而所写的任何设置都无法补救。作用与方案不符的捆绑包不会写出。请用 `--with` 另选实现，或为另一个栈规划。
emit-profile = 配置是 OCI 运行时规范中 `linux.seccomp` 之下的内容：`defaultAction`，以及带 `names` 与 `action` 的规则。其他程序的键（例如 Docker 的 `archMap`）是错误，因为运行时会将其忽略。放行一切的配置会被拒绝，因为它会被算作过滤器而实际并不过滤。
bundle-occupied = 捆绑包写入的文件夹须不存在、为空，或含有完好的捆绑包（此时将其替换）。其他情况一律不动：含有不属于捆绑包的文件，或捆绑包中有文件被改动。
bundle-io = 消息说明所尝试的操作与系统的答复：缺少权限、磁盘已满、路径过长。不会留下写了一半的内容：捆绑包要么完整出现，要么不出现。
bundle-no-lock = 捆绑包含有 `stackwright.lock.json`，其中列出每个文件及其摘要。`stackwright plan 需求文件 -o 文件夹` 可写出捆绑包。
bundle-lock = 锁文件不是预期形式的 JSON，或与其捆绑包不符。它被手工更改、已损坏，或由另一个版本写出。请从需求重新写出捆绑包。
bundle-changed = 运行之前，每个文件都与锁文件中的摘要核对，使所运行的正是所规划的。某个文件被更改、缺失，或不是普通文件。请重新写出捆绑包，或恢复该文件。
bundle-edited = 重新写出时，以注释 `# keep` 结尾的编辑会保留：该行的字段及其下的一切。其他编辑会丢失，因此什么也不写。请为其加上标记，放入您自己的 overlay，或撤销这些编辑。
verify-schemas = `--schemas` 接受存放 CustomResourceDefinition 文件的文件夹。其中某个文件无法读取，或文件夹中没有这样的文件。

## 镜像

image-file = 系统拒绝读写某个文件，或要生成的文件夹已经存在。
image-unpackable = 层可含文件、目录、链接与命名管道。套接字与设备属于运行中的系统。
image-layout = OCI 镜像布局含有文件 `oci-layout`、`index.json` 与 `blobs/`；`docker save` 的归档含有 `manifest.json`。存储就是一个布局；含有其他文件的文件夹不会被当作存储使用。
image-missing = 存储或布局中没有该名称的镜像，或没有面向该平台的镜像；消息列出已有的内容。不给名称时，布局中只能有一个镜像。
image-digest = 镜像中的一切都以其字节的 SHA-256 摘要命名，使用之前先行核对。这些字节已损坏，或被替换。
image-absent = 镜像引用了存储中没有的 blob。布局可以只含部分平台的内容。
image-document = 索引、清单或配置的格式有误、与另一份文档矛盾，或描述了不支持的层类型，例如加密的层。
image-archive = 该层不是 tar 归档、已损坏，或采用了不支持的形式。支持的有 POSIX（ustar 与 pax）以及带长名称与稀疏文件的 GNU 形式，未压缩，或以 gzip 或 Zstandard 压缩。
image-refused = 某个条目指向根文件系统之外、是设备文件、超过长度限制，或无法生成。根文件系统随即被删除。设备文件与文件的特权可用 `--allow` 允许。
image-limit = 读取镜像时，字节数与文件数都有限制；压缩的层超出 64 MiB 之后，膨胀不得超过 250 倍，因为只有专为填满磁盘而制作的层才会如此。
image-reference = 引用的形式为 `主机[:端口]/名称[:标签][@sha256:摘要]`。主机必须写明：不作任何假定。
image-in-use = 只有在没有人向存储添加内容时，才会从中删除不需要的内容。
image-registry = 消息说明发生了什么。与镜像仓库的通信使用 TLS，本机上的仓库或使用 `--plain-http` 时除外。代理取自 HTTPS_PROXY、HTTP_PROXY、ALL_PROXY 与 NO_PROXY。
image-access = 该仓库不存在，或所找到的凭据权限不足。凭据取自 `docker login` 与 `podman login` 所写的文件与辅助程序：DOCKER_CONFIG/config.json、`~/.docker/config.json`、REGISTRY_AUTH_FILE 与 `containers/auth.json` 中的 `auths`、`credsStore` 与 `credHelpers`。
image-credentials = 为该镜像仓库配置的凭据辅助程序无法启动、运行失败，或给出的不是用户名与密钥。
image-platform = 平台的形式为 `操作系统/架构`，例如 `linux/amd64`，必要时再加一个斜杠与变体。
image-store = 镜像保存在 XDG_DATA_HOME 或 `~/.local/share` 之下的 `stackwright/images`。两者都未知；请用 `--store` 指定另一个文件夹。

## 检查

inspect-syntax = 文档从所指的位置起无法读取。同一文件的其他文档，以及列表中位于其前的对象，仍会检查；命令以退出码 2 结束，若有需求未满足则为 1。
inspect-template = 文档含有 Helm 等模板引擎要填充的内容，填充之前不是 YAML。请先渲染，如 `helm template CHART | stackwright inspect -`。
inspect-encoding = 文档按 UTF-8 读取，若以 UTF-16 开头则按 UTF-16 读取。不表示任何字符的字节会被替换，其余部分照常检查；含有此类字节的名称，其他文档无法引用到。
inspect-duplicate-key = YAML 禁止如此，各读取程序以哪个为准也不一致。Kubernetes 自身取最后一个，检查亦然；该工作负载的结果会指出这是一项假定。
inspect-too-large = 一个对象至多可有一百万个节点（重复的锚点每次都计数），嵌套至多 200 层。这使互相引用的锚点所构成的短小文档不能占满内存。API 服务器所接受的对象都远小于此。
inspect-file = 系统因所述原因拒绝读取。其余内容照常检查，命令以退出码 2 结束，若有需求未满足则为 1。
inspect-version = `--kubernetes` 接受 `1.34` 这样的版本。它决定哪些旧注解仍然有效。
inspect-gap = 实际生效的栈不满足 `--require` 所给文件中的某个约束。消息说明是哪个约束，以及实际查到的内容。
inspect-not-assured = 文档没有说明该约束所依赖的全部内容，而未知不等于通过。消息说明如何查明。`--assume` 将文档无法说明的内容视为真，例如网格已安装。
inspect-not-in-effect = 某个文档要求该层，而同一工作负载的另一处设置使其不起作用，例如 Kata Containers 与 gVisor 在缺省情况下对 seccomp 配置就是如此。目录中的相互作用说明原因，以及采用何种设置才能生效。
inspect-unreadable = 在代码扫描的报告中，此代码代表文档中的每个错误；消息以错误自身的代码开头。
inspect-expired = 某项不足被放行到某一天，而按 `--today` 或系统时钟，该日已过。它重新计入；只要该豁免仍在，命令就以退出码 1 结束。请修补工作负载，或给出新的日期与理由。
inspect-suppression = 注解 `stackwright/suppress` 说明放行到何时以及理由；其前可写明所放行的要求以什么开头，例如 `isolation`。注解是否有效，由集群需求以 `annotations: true` 决定。
inspect-day = `--today` 接受 `2027-03-31` 这样的日历日期。在此之前到期的豁免不再有效。
inspect-baseline = `--baseline` 接受 `--write-baseline` 所写的文件，其中记录了当时缺少的一切。
inspect-fix = `--fix` 输出针对文件的补丁。标准输入、程序渲染的结果以及集群中的对象都由别的内容生成，应当更改的是那些内容。
inspect-tool = `--kustomize`、`--helm` 与 `--context` 使用已安装的 `kubectl` 与 `helm` 及其所找到的配置。消息出自该程序本身。集群中无法读取的内容视为未知，绝不视为不存在。
inspect-tool-missing = `--kustomize` 与 `--context` 需要 `kubectl`，`--helm` 需要 `helm`。在别处渲染的文档可作为文件或经标准输入给出。命令以退出码 3 结束。
inspect-refused = 该上下文的凭据不允许列出这些对象。它们可能存在，因此依赖它们的内容均为未知，命令以退出码 2 结束，若有需求未满足则为 1。授予对它们的 `list` 权限即可查明。

## 运行

run-realization = 该捆绑包是为本程序无法自行启动的实现而制作的，或采用了另一个目录。请用其目标的工具启动，或以 `--here` 为此主机重新规划。
run-stack = 内嵌的驱动启动 I∘C∘S∘W 及其以 W 结尾的部分：容器从镜像取得工作负载，因此 C 需要 I；WebAssembly 模块需要 W。
run-nothing = 由算子组成的词说明如何运行，而非运行什么。请在 `--` 之后指定模块。若所指的是捆绑包，请将其文件夹写成含 `/` 的路径。
run-argument = 授权写作 `主机路径:/客体路径`，末尾加 `:rw` 则允许工作负载在其中写入；变量写作 `名称=值`。
run-refused = Rego 策略（`--policy`）以 `input` 得知此次运行：栈、程序、参数、变量名、镜像、文件夹、限额与驱动。其规则 `deny` 或 `violation` 给出了消息，或其规则 `allow` 不为真。运行没有启动。
run-policy = 该文件无法读取、不是 Rego、无法求值，或没有 `deny`、`violation` 与 `allow` 中的任何规则。无法判定的运行不予启动。
run-collector = 运行开始之前，收集器（`--otlp`；栈含 Otel 时也可由 OTEL_EXPORTER_OTLP_ENDPOINT 给出）须在其地址下的 `/v1/logs` 接受一条以 OTLP（HTTP 上的 JSON）发送的日志记录。它未能及时连通，或以表示成功之外的状态应答。运行没有启动。

## 命令行

cli-file = 消息给出文件名与系统的答复。命令行上的路径相对于当前文件夹，需求文件中的路径相对于该文件。
cli-format = 每个命令都能输出文本与 JSON。Markdown 与 CSV 用于组合表与论断，SVG 用于组合表。
cli-host = `plan --host` 读取 `stackwright doctor --format json` 在相应主机上的输出。请在该主机上用此命令写出文件。
cli-unknown-code = 每条诊断都写有代码，例如 `expression::ill-typed`。不带代码的 `stackwright explain` 列出所有代码。
cli-language = 本程序支持英文（`en`）与中文（`zh`）；带有地区或文字的标签（例如 `zh-CN`）按其语言处理。首先看 `--lang`，其次 STACKWRIGHT_LANG，最后是环境的区域设置（LC_ALL、LC_MESSAGES、LANG）；区域设置为本程序不支持的语言时使用英文。JSON 在各语言中相同。

## 模块

drive-module-not-wasm = 模块以四个字节 `\0asm` 开头；此文件为空，或以别的内容开头。请以 `wasm32-wasip1` 为目标构建工作负载，并给出所得的 `.wasm` 文件。以 `(module` 开头的文本格式须先行转换，例如用 `wasm-tools parse`。
drive-module-truncated = 文件在某个段的中间结束，如同复制或下载中断所致。请重新获取或构建，并将其摘要与应有的摘要比较。
drive-component-import = 组件只会得到 `wasi:cli/command` 0.2 这一世界的接口，除此之外什么也没有：隔离正由此而来。其他接口（如 `wasi:http`）须由与之组合的另一组件提供。
drive-component-not-a-command = 程序会导出接口 `wasi:cli/run`。没有它的组件是作为库构建的，或由其自己的宿主调用；请将它构建为带 main 函数的程序，目标为 `wasm32-wasip2`。
drive-module-invalid = 模块违反了 WebAssembly 规范的某条规则，或使用了引擎未启用的提案。请关闭实验特性后重新构建；`wasm-tools validate` 会更详细地指出同一错误。
drive-module-missing-import = 工作负载只得到 `wasi_snapshot_preview1` 的函数，别无其他：隔离正由此而来。从 `env` 的导入通常是声明了却从未链接的函数；从 `wasi_unstable` 的导入来自过旧的工具链。
drive-module-import-type = 该函数存在于 WASI preview 1，但其参数或返回值与模块所期望的不同。它很可能是用其他头文件构建的：请用其工具链自带的头文件重新构建。
drive-module-not-a-command = 程序导出函数 `_start`。导出 `_initialize` 的模块是作为库（reactor）构建的；请将其构建为带主函数的程序。
drive-module-start-type = `_start` 没有参数也没有返回值。参数经 `args_get` 传入，退出码由 `proc_exit` 给出。
drive-module-no-memory = 系统函数读写模块的内存，并以名称 `memory` 找到它。请将其导出。
drive-module-engine = 模块有效，但引擎在此主机上无法建立，或无法编译该模块；消息出自引擎本身。`stackwright doctor` 显示引擎在此处能否工作。

## 驱动

drive-workload-unreadable = 该文件不存在、不是文件，或您无权读取；消息说明是哪种情况。需求中的路径相对于需求文件。
drive-digest-mismatch = 镜像层写明了工作负载的 SHA-256 摘要，而现有文件的摘要不同：它被更改过，或是另一个文件。没有启动任何内容。请恢复该文件；若更改是有意的，请重新构建捆绑包。
drive-grant = 授权由主机上已存在的目录与工作负载所见的绝对路径组成。该路径位于 `/` 之下，不含 `..`，且在所有其他授权之外。主机上的链接在检查之前解析，使所授予的正是所检查的。
drive-argument = 参数与变量是以 NUL 字符结尾的文本，因此其中不能含有它；变量名不为空且不含 `=`。其他数据请经标准输入，或经所授予目录中的文件传递。
drive-memory-limit = 模块声明了其起始内存的大小，超过此次运行可用的量，因此无法启动。请将上限提高到该大小之上，或构建所需内存更少的模块。
drive-unsupported = 该栈有意义，但内嵌的驱动要求 WebAssembly 模块位于最内层、每种层至多一次，且沙盒在容器之内而非之外。帮助说明可以改为要求什么。其他栈仍可规划与生成。
drive-layer-unavailable = 隔离侧面的某一层无法建立，或建立之后发现并未生效。缺少它的运行会弱于栈所说的，因此没有启动任何内容。消息指出所缺的能力，`stackwright doctor` 说明如何获得，`--degraded` 则在缺少该层的情况下运行并予以说明。
drive-host = 启动进程、打开管道或读取时钟失败；消息出自系统本身。常见原因是进程数或打开文件数的限制，以及磁盘已满。
drive-runner = 从启动到工作负载的首条指令之间，运行器失败、被终止，或给出了意外的内容。`stackwright doctor` 逐一尝试其每个步骤，显示此主机拒绝哪一个。
drive-command = 从栈最内层的进程看，该程序不存在，或不可执行：在容器中，其根文件系统只含主机的程序与设置，或 `--rootfs` 的文件夹，别无其他。没有启动任何内容。请用 `--grant 主机路径:/客体路径` 将文件夹交给命令；所授予的文件夹中的程序不会被执行。
drive-image = 面向集群的捆绑包指明其镜像，由 podman 在此主机上运行。为此不会获取任何内容：podman 必须按文档所写的摘要拥有该镜像，否则从捆绑包自带的布局或 `stackwright image` 的存储中取用。请用 `podman pull` 或 `stackwright image pull` 获取，或以 `stackwright image import` 从归档读入。
drive-root = `--rootfs` 指定含有根文件系统的文件夹，例如镜像解包所得的文件夹。它无法读取。该文件夹从不被更改：命令所写的内容进入 overlay，随运行结束而消失。
drive-publish = `--publish` 在本机的一个地址上监听，进入命令的网络，并把连接转发过去。可能另一个程序已在该地址监听，或者只有 root 可以使用该端口。命令没有启动。请另选端口，或用 0 表示任一空闲端口。
drive-no-run = `stackwright ps` 列出此用户的运行：正在进行的、以 `--keep` 保留的，以及监督进程被终止的运行所遗留的，后者可由 `stackwright gc` 清除。
