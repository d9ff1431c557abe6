#include "sim/k8s/apiserver/table.h"

#include "sim/k8s/api/json_path.h"
#include "sim/k8s/api/object.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/apiserver/printers.h"
#include "sim/node/clock.h"

namespace sim::k8s {
namespace {

using json::Array;
using json::Object;
using json::Value;

constexpr std::string_view kMetaVersion = "meta.k8s.io/v1";

constexpr Column kPlainColumns[] = {
    kNameColumn,
    {"Age", "date", "", "How long ago the object was created."},
};

Value definition_of(const Column& column) {
  return Object()
      .set("name", column.name)
      .set("type", column.type)
      .set("format", column.format)
      .set("description", column.about)
      .set("priority", column.priority)
      .build();
}

Value definitions_of(std::span<const Column> columns) {
  Array out;
  for (const Column& column : columns) out.add(definition_of(column));
  return out.build();
}

Value definitions_of_custom(const Value& custom) {
  Array out;
  out.add(definition_of(kNameColumn));
  for (const Value& column : custom.items()) {
    std::string about(column["description"].text());
    if (about.empty()) {
      about = "Custom resource definition column (in JSONPath format): ";
      about += column["jsonPath"].text();
    }
    out.add(Object()
                .set("name", column["name"].text())
                .set("type", column["type"].text())
                .set("format", column["format"].text())
                .set("description", about)
                .set("priority", column["priority"].integer())
                .build());
  }
  return out.build();
}

// A value as a cell of a column's type; null if it does not fit.
Value cell_of(std::string_view type, const Value& value, const Cells& row) {
  if (type == "string") return json_path_text(value);
  if (type == "integer") {
    if (value.is_integer()) return value;
    const double number = value.number();
    constexpr double kWhole = 9.2e18;
    if (!value.is_number() || number > kWhole || number < -kWhole) return nullptr;
    return static_cast<int64_t>(number);
  }
  if (type == "number" && value.is_number()) return value;
  if (type == "boolean" && value.is_bool()) return value;
  if (type == "date" && value.is_string()) {
    return parse_time(value.text()) ? Value(row.age(value)) : Value("<invalid>");
  }
  return nullptr;
}

// The columns of a custom resource, read once for all rows.
class CustomColumns {
 public:
  explicit CustomColumns(const Value& columns) {
    for (const Value& column : columns.items()) {
      JsonPath::Parsed parsed = JsonPath::parse("{" + std::string(column["jsonPath"].text()) + "}");
      columns_.push_back({std::string(column["type"].text()), std::move(parsed.path)});
    }
  }

  void add_cells(Cells& row, const Value& object) const {
    row.add(name_of(object));
    for (const CustomColumn& column : columns_) {
      const JsonPath::Found found = column.path.find(object);
      const bool is_there = !found.error && !found.results.empty() && !found.results[0].empty();
      row.add(is_there ? cell_of(column.type, found.results[0][0], row) : Value(nullptr));
    }
  }

 private:
  struct CustomColumn {
    std::string type;
    JsonPath path;
  };
  std::vector<CustomColumn> columns_;
};

// A pod that has ended is marked as such.
Value conditions_of(const KindInfo& kind, const Value& object) {
  if (!kind.group.empty() || kind.plural != "pods") return {};
  const std::string_view phase = object["status"]["phase"].text();
  if (phase != "Succeeded" && phase != "Failed") return {};
  const bool well = phase == "Succeeded";
  return Array()
      .add(Object()
               .set("type", "Completed")
               .set("status", "True")
               .set("reason", phase)
               .set("message", well ? "The pod has completed successfully." : "The pod failed.")
               .build())
      .build();
}

Value included(const Value& object, std::string_view include) {
  if (include == "None") return nullptr;
  if (include == "Object") return object;
  return Object()
      .set("kind", "PartialObjectMetadata")
      .set("apiVersion", kMetaVersion)
      .set("metadata", metadata(object))
      .build();
}

// The list's, or that of the only object.
Value table_metadata(std::span<const Value> objects, const Value& list_meta) {
  if (list_meta.is_object()) return list_meta;
  Object out;
  if (objects.size() == 1) {
    out.set_nonzero("resourceVersion", metadata(objects[0])["resourceVersion"]);
  }
  return std::move(out).build();
}

}  // namespace

TableOptions table_options(const RequestInfo& info) {
  TableOptions options;
  options.now_unix_ns = node::unix_nano();
  const std::string_view include = info.query.get("includeObject");
  if (!include.empty()) options.include_object = include;
  return options;
}

Value table_of(const KindInfo& kind, std::span<const Value> objects, const Value& list_meta,
               const TableOptions& options) {
  const Printer* const printer = find_printer(kind.group, kind.plural);
  const bool is_custom = printer == nullptr && options.custom_columns.size() > 0;
  const CustomColumns custom(is_custom ? options.custom_columns : Value());
  Value definitions = nullptr;
  if (!options.without_columns) {
    definitions = is_custom            ? definitions_of_custom(options.custom_columns)
                  : printer == nullptr ? definitions_of(kPlainColumns)
                                       : definitions_of(printer->columns);
  }
  Array rows;
  for (const Value& object : objects) {
    Cells cells(options.now_unix_ns);
    if (is_custom) {
      custom.add_cells(cells, object);
    } else if (printer == nullptr) {
      cells.add(name_of(object)).add_age_of(object);
    } else {
      printer->cells(cells, object);
    }
    rows.add(Object()
                 .set("cells", cells.build())
                 .set("conditions", conditions_of(kind, object))
                 .set("object", included(object, options.include_object))
                 .build());
  }
  return Object()
      .set("kind", "Table")
      .set("apiVersion", kMetaVersion)
      .set("metadata", table_metadata(objects, list_meta))
      .set("columnDefinitions", std::move(definitions))
      .set("rows", rows.build())
      .build();
}

}  // namespace sim::k8s
