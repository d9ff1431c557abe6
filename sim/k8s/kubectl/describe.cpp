#include "sim/k8s/kubectl/describe.h"

#include <algorithm>

#include "sim/k8s/api/json_path.h"
#include "sim/k8s/api/object.h"
#include "sim/k8s/api/selector.h"
#include "sim/k8s/kubectl/describe_page.h"

namespace sim::k8s::kubectl {
namespace {

enum class CharKind : uint8_t { kLower, kUpper, kOther };

CharKind kind_of_char(char c) {
  if (c >= 'a' && c <= 'z') return CharKind::kLower;
  if (c >= 'A' && c <= 'Z') return CharKind::kUpper;
  return CharKind::kOther;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (kind_of_char(c) == CharKind::kLower) c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

// The words of a name in camel case: of capitals before a small letter, the last begins a word.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  for (size_t i = 0; i < name.size();) {
    size_t end = i + 1;
    while (end < name.size() && kind_of_char(name[end]) == kind_of_char(name[i])) ++end;
    words.emplace_back(name.substr(i, end - i));
    i = end;
  }
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (kind_of_char(words[i][0]) != CharKind::kUpper) continue;
    if (kind_of_char(words[i + 1][0]) != CharKind::kLower) continue;
    words[i + 1].insert(words[i + 1].begin(), words[i].back());
    words[i].pop_back();
  }
  std::erase_if(words, [](const std::string& word) { return word.empty(); });
  return words;
}

// `creationTimestamp` as `Creation Timestamp`, `podCIDR` as `Pod CIDR`; names with other characters
// than letters stay as they are.
std::string heading_of(std::string_view field) {
  const auto is_plain = [](char c) { return c == '-' || kind_of_char(c) != CharKind::kOther; };
  if (!std::all_of(field.begin(), field.end(), is_plain)) return std::string(field);
  constexpr std::string_view kAcronyms[] = {"API", "URL", "UID", "OSB", "GUID"};
  std::string out;
  for (const std::string& word : words_of(field)) {
    if (!out.empty()) out += ' ';
    const std::string large = upper(word);
    const bool is_acronym =
        std::find(std::begin(kAcronyms), std::end(kAcronyms), large) != std::end(kAcronyms);
    out += is_acronym ? large : upper(std::string_view(word).substr(0, 1)) + word.substr(1);
  }
  return out;
}

bool is_told_elsewhere(std::string_view path) {
  constexpr std::string_view kTold[] = {".metadata.managedFields", ".metadata.name",
                                        ".metadata.namespace", ".metadata.labels",
                                        ".metadata.annotations"};
  return std::find(std::begin(kTold), std::end(kTold), path) != std::end(kTold);
}

void describe_fields(Page& page, const Value& object, int level, const std::string& path) {
  for (const json::Member& member : object.members()) {
    const std::string here = path + "." + std::string(member.name());
    if (is_told_elsewhere(here)) continue;
    const std::string heading = heading_of(member.name());
    const Value& value = member.value;
    if (value.is_object()) {
      page.line(level, heading, ":");
      describe_fields(page, value, level + 1, here);
    } else if (value.is_array()) {
      page.line(level, heading, ":");
      for (const Value& item : value.items()) {
        if (item.is_object()) {
          describe_fields(page, item, level + 1, here);
        } else {
          page.line(level + 1, go_text(item));
        }
      }
    } else {
      page.field(level, heading, go_text(value));
    }
  }
}

void describe_any(Page& page, const Value& object) {
  page.title(object);
  page.labels_and_annotations(object);
  describe_fields(page, object, 0, {});
  page.events();
}

}  // namespace

std::string describe(const Value& object, const Related& related, int64_t now_unix_ns) {
  Page page(related, now_unix_ns);
  std::string kind(kind_of(object));
  const std::string group = parse_group_version(api_version_of(object)).group;
  if (!group.empty()) kind += "." + group;
  using Describer = bool (*)(Page&, const Value&, std::string_view);
  constexpr Describer kDescribers[] = {
      describe_pod_kinds,     describe_node_kinds,   describe_workload_kinds, describe_job_kinds,
      describe_network_kinds, describe_config_kinds, describe_storage_kinds,  describe_policy_kinds,
      describe_quota_kinds,   describe_access_kinds};
  const bool is_known = std::any_of(std::begin(kDescribers), std::end(kDescribers),
                                    [&](Describer each) { return each(page, object, kind); });
  if (!is_known) describe_any(page, object);
  return page.finish();
}

std::string describe_selector(const Value& object) {
  const std::string_view kind = kind_of(object);
  const bool has_pods = kind == "ReplicaSet" || kind == "StatefulSet" || kind == "DaemonSet";
  if (!has_pods || parse_group_version(api_version_of(object)).group != "apps") return {};
  return LabelSelector::from(object["spec"]["selector"]).text();
}

}  // namespace sim::k8s::kubectl
