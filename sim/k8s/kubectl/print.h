// sim/k8s/kubectl/print.h: what kubectl prints of objects: -o wide, name, json, yaml, jsonpath,
// custom-columns, and tables.
//
// Concept: `kubectl get` without -o asks the server for tables (sim/k8s/apiserver/table.h), which
// TablePrinter lays out; every other form needs the objects themselves, for print_objects().
// Source: Kubernetes' documentation, "kubectl get"; the bytes that kubectl 1.33 prints.
// Not modelled: go-template and its kin.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/error.h"
#include "sim/json/value.h"
#include "sim/k8s/kubectl/tab_writer.h"

namespace sim::k8s::kubectl {

struct TableFormat {
  bool wide = false;  // -o wide
  bool no_headers = false;
  bool show_labels = false;
  bool all_namespaces = false;             // -A: a column NAMESPACE, for kinds that have one
  std::vector<std::string> label_columns;  // -L
  /// Names have their kind before them, as when several kinds are asked for at once.
  bool with_kind = false;
};

/// Prints the tables of one command, one kind after the other.
class TablePrinter {
 public:
  explicit TablePrinter(TableFormat format) : format_(std::move(format)) {}

  /// The tables that follow are of this kind: "pod", "deployment.apps".
  void begin_kind(std::string_view kind, bool namespaced);
  /// The rows of a table; its columns too, unless they were just printed. `event`: what has
  /// happened to them, for --output-watch-events. A table without column definitions, as in a
  /// watch, has those of the one before.
  void add(const json::Value& table, std::string_view event = {});
  /// Appends what was added. Between two flushes of one kind columns do not get narrower.
  void flush(std::string& out);

 private:
  [[nodiscard]] bool shows(const json::Value& column) const;
  void add_header(std::string_view event);
  void add_row(const json::Value& row, std::string_view event);

  TableFormat format_;
  std::string kind_;
  bool has_namespaces_ = false;
  json::Value columns_;
  bool has_header_ = false;
  bool separates_ = false;  // an empty line before the next text
  std::string done_;        // of the kinds before
  TabWriter writer_{TabWriter::kGet};
  bool has_printed_ = false;
};

/// What -o asks for.
struct Output {
  enum class Form : uint8_t {
    kTable,
    kWide,
    kName,
    kJson,
    kYaml,
    kJsonPath,
    kJsonPathAsJson,
    kCustomColumns
  };
  struct Parsed;

  Form form = Form::kTable;
  std::string argument;  // a template, columns

  /// `wide`, `jsonpath={.metadata.name}`; empty for a table.
  static Parsed parse(std::string_view text);
};
struct Output::Parsed {
  Output output;
  engine::Error error;
};

/// Appends a value as YAML. See sim/json/yaml.h.
using AppendYaml = void (*)(std::string& out, const json::Value& value);

struct PrintOptions {
  Output output;
  bool no_headers = false;
  bool show_managed_fields = false;
  AppendYaml append_yaml = nullptr;
};

struct Printed {
  std::string text;
  engine::Error error;
};

/// The objects in any form but a table. `is_list`: they are printed as a list even if there is one,
/// as when none was asked for by name.
Printed print_objects(std::span<const json::Value> objects, bool is_list,
                      const PrintOptions& options);

/// `{apiVersion: v1, kind: List, items, metadata}`, which is what kubectl makes of several objects.
json::Value list_of(std::span<const json::Value> objects);
/// `deployment.apps/web`, `pod/web-0`: as -o name, and as other commands begin their messages.
std::string name_text(const json::Value& object);
/// With what would move the cursor made visible.
std::string for_terminal(std::string_view text);
/// `deployment.apps`, `pod`: a kind in small letters with its group.
std::string kind_text(std::string_view api_version, std::string_view kind);

}  // namespace sim::k8s::kubectl
