// sim/k8s/apiserver/printers.h: the columns of each built-in kind, for table.cpp.
//
// Concept: one row of a constant table for each resource: its columns, and a function that gives
// the cells of one object. Numbers stay numbers, ages are texts.
// Source: the columns that a Kubernetes 1.33 server answers with.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/json/value.h"

namespace sim::k8s {

struct Column {
  std::string_view name;
  std::string_view type = "string";
  std::string_view format = {};
  std::string_view about = {};
  int priority = 0;
};

/// Collects the cells of one row.
class Cells {
 public:
  explicit Cells(int64_t now_unix_ns) : now_(now_unix_ns) {}

  Cells& add(json::Value cell) {
    cells_.add(std::move(cell));
    return *this;
  }
  /// A count that is 0 if it is not there.
  Cells& add_count(const json::Value& count) { return add(count.integer()); }
  /// How long ago a time was; `<unknown>` if there is none.
  Cells& add_age(const json::Value& time) { return add(age(time)); }
  /// How old the object is.
  Cells& add_age_of(const json::Value& object) {
    return add_age(object["metadata"]["creationTimestamp"]);
  }
  [[nodiscard]] std::string age(const json::Value& time) const;
  [[nodiscard]] int64_t now() const { return now_; }
  [[nodiscard]] json::Value build() const { return cells_.build(); }

 private:
  int64_t now_;
  json::Array cells_;
};

struct Printer {
  std::string_view group;
  std::string_view plural;
  std::span<const Column> columns;
  void (*cells)(Cells& cells, const json::Value& object);
};

/// Null for kinds that have only a name and an age.
const Printer* find_printer(std::string_view group, std::string_view plural);

// The tables, one for each file.
std::span<const Printer> pod_printers();
std::span<const Printer> workload_printers();
std::span<const Printer> network_printers();
std::span<const Printer> cluster_printers();
std::span<const Printer> config_printers();
std::span<const Printer> storage_printers();
std::span<const Printer> policy_printers();

// What many kinds have.
inline constexpr Column kNameColumn = {"Name", "string", "name",
                                       "What tells the object apart from "
                                       "others of its kind in its namespace."};
inline constexpr Column kAgeColumn = {"Age", "string", "", "How long ago the object was created."};
inline constexpr Column kCreatedColumn = {"Created At", "date", "", "When the object was created."};
inline constexpr Column kContainersColumn = {"Containers", "string", "",
                                             "The names of the template's containers.", 1};
inline constexpr Column kImagesColumn = {"Images", "string", "",
                                         "The images of the template's containers.", 1};
inline constexpr Column kSelectorColumn = {"Selector", "string", "",
                                           "The labels by which pods are found.", 1};

/// `a=1,b=2`, or `<none>`. Source: `labels.FormatLabels`.
std::string labels_text(const json::Value& labels);
/// The same of a label selector. Source: `metav1.FormatLabelSelector`.
std::string selector_text(const json::Value& selector);
/// The texts of a list, with something between them.
std::string joined(const json::Value& list, std::string_view separator = ",");
std::string joined(std::span<const std::string> list, std::string_view separator = ",");
/// One field of each item of a list, with commas between them.
std::string joined_fields(const json::Value& list, std::string_view field);
/// `1/3`
std::string ratio(int64_t part, int64_t whole);
/// A number or text, as IntOrString has it.
std::string int_or_text(const json::Value& value);
/// The canonical text of a quantity; "0" if there is none.
std::string quantity_text(const json::Value& quantity);
/// ASCII letters made small.
std::string lowered(std::string_view text);
/// Of a list cut short at `shown`: `a,b,c + 2 more...`. Source: the server's own columns.
std::string with_more(std::span<const std::string> list, size_t shown);
/// ROLES of a node, in order. Source: `node-role.kubernetes.io/` labels.
std::vector<std::string> node_roles(const json::Value& node);
/// `RWO,ROX`. Source: the short names of access modes.
std::string access_modes_text(const json::Value& modes);

}  // namespace sim::k8s
