// sim/k8s/kubectl/resolve.h: which objects the words of a command line mean.
//
// Concept: `pods web`, `pods,services`, `pod/a deploy/b`, a selector, a manifest: each gives items,
// which are objects by name, or all objects of a kind that a selector selects. plan() finds them
// out, fetch() gets them. Source: kubectl's resource builder: its rules and the texts of its
// errors.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/k8s/kubectl/call.h"

namespace sim::k8s::kubectl {

/// An object, or all of a kind.
struct Item {
  Item() = default;
  const KindInfo* kind = nullptr;
  std::string space;
  std::string name;  // empty: all of them
  Value object;      // as it was fetched, or stands in a manifest
  std::string source;
  [[nodiscard]] bool is_list() const { return name.empty() && !object; }
};

struct PlanOptions {
  /// A kind alone means all objects of it.
  bool kind_means_all = false;
  /// -f is heard; -l, --field-selector, --all and -A always are, if the command has them.
  bool takes_files = false;
  /// Whether nothing at all is an error.
  bool may_be_empty = false;
};

struct Plan {
  std::vector<Item> items;
  std::string label_selector;
  std::string field_selector;
  /// One object by its name: it is printed as itself, not in a list.
  bool is_single = false;
  bool is_from_files = false;
  std::vector<engine::Error> errors;
};

/// What the call's arguments and flags mean. Suspends if kinds must be discovered.
engine::Task<Plan> plan(Call call, PlanOptions options, std::vector<std::string> words);

struct Fetched {
  std::vector<Item> items;
  std::vector<engine::Error> errors;
};
/// Gets each of them; manifests' objects are replaced by those that are there.
engine::Task<Fetched> fetch(Call call, Plan plan);
/// plan() and fetch() in a row.
engine::Task<Fetched> find(Call call, PlanOptions options, std::vector<std::string> words);

/// The kind that a word means; null, and an error, if there is none.
struct FoundKind {
  const KindInfo* kind = nullptr;
  engine::Error error;
};
engine::Task<FoundKind> kind_by_word(Call call, std::string word);
/// The kind of an object in a manifest; null if the server has none.
engine::Task<const KindInfo*> kind_by_name(Call call, std::string api_version, std::string kind);
/// Asks the server for all its resources, the built-in ones included if `all`.
engine::Task<engine::Error> discover(Call call, bool all);

/// All objects of a kind, in pages. `accept` empty: as objects.
engine::Task<ListResult> list_all(Call call, const KindInfo* kind, std::string space,
                                  std::string label_selector, std::string field_selector);
/// What is said if a list cannot be had.
engine::Error list_error(const engine::Error& error, const KindInfo& kind, const Plan& plan);

/// `a, b` as in a list that selectors give: "a,b" split.
std::vector<std::string> split_words(std::string_view text, char separator);

inline constexpr std::string_view kMissingResource =
    "You must provide one or more resources by argument or filename.\n"
    "Example resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n"
    "   '<resource> <name>'\n   '<resource>'";

}  // namespace sim::k8s::kubectl
