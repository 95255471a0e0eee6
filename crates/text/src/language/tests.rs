use super::Language;

#[test]
fn a_language_is_found_by_tags_and_names_of_locales() {
    for tag in ["zh", "zh-CN", "zh_CN.UTF-8", "ZH-Hans", " zh@pinyin"] {
        assert_eq!(Language::from_tag(tag), Some(Language::Zh), "{tag}");
    }
    for tag in ["en", "en_GB.UTF-8", "EN-us"] {
        assert_eq!(Language::from_tag(tag), Some(Language::En), "{tag}");
    }
    for tag in ["", "C", "C.UTF-8", "POSIX", "fr", "zhuang", "english"] {
        assert_eq!(Language::from_tag(tag), None, "{tag}");
    }
}
