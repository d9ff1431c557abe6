#include "sim/k8s/kubectl/print.h"

#include "sim/json/print.h"
#include "sim/k8s/api/json_path.h"
#include "sim/k8s/api/object.h"

namespace sim::k8s::kubectl {
namespace {

using engine::errorf;
using json::Value;
using Form = Output::Form;

// As Go's MarshalIndent: with what means something in HTML escaped.
void append_indented(std::string& out, const Value& value) {
  std::string text;
  json::append_pretty(text, value);
  for (const char c : text) {
    if (c == '<') {
      out += "\\u003c";
    } else if (c == '>') {
      out += "\\u003e";
    } else if (c == '&') {
      out += "\\u0026";
    } else {
      out += c;
    }
  }
}

Value without_managed_fields(const Value& object) {
  if (!metadata(object).contains("managedFields")) return object;
  return with_meta(object, "managedFields", {});
}

Printed print_json_path(const Value& object, const Output& output) {
  const JsonPath::Parsed parsed = JsonPath::parse(output.argument);
  if (parsed.error) {
    return {{}, errorf("error parsing jsonpath ", output.argument, ", ", parsed.error.message())};
  }
  const auto failure = [&](const engine::Error& error) {
    return errorf("error executing jsonpath ", go_syntax(output.argument),
                  ": Error executing template: ", error.message(),
                  ". Printing more information for debugging the template:\n\ttemplate was:\n\t\t",
                  output.argument, "\n\tobject given to jsonpath engine was:\n\t\t",
                  go_syntax(object), "\n\n");
  };
  if (output.form == Form::kJsonPath) {
    JsonPath::Printed printed = parsed.path.print(object);
    if (printed.error) return {{}, failure(printed.error)};
    return {std::move(printed.text), nullptr};
  }
  const JsonPath::Found found = parsed.path.find(object);
  if (found.error) return {{}, failure(found.error)};
  std::string out;
  for (const std::vector<Value>& values : found.results) {
    append_indented(out, Value::array(values));
    out += '\n';
  }
  return {std::move(out), nullptr};
}

struct CustomColumns {
  std::vector<std::string> headers;
  std::vector<JsonPath> paths;
  engine::Error error;
};

CustomColumns parse_columns(std::string_view text) {
  CustomColumns out;
  if (text.empty()) {
    out.error = errorf("custom-columns format specified but no custom columns given");
    return out;
  }
  while (!out.error) {
    const size_t comma = text.find(',');
    const std::string_view column = text.substr(0, comma);
    const size_t colon = column.find(':');
    if (colon == std::string_view::npos) {
      out.error = errorf("unexpected custom-columns spec: ", column,
                         ", expected <header>:<json-path-expr>");
      break;
    }
    JsonPath::Parsed parsed = JsonPath::parse_relaxed(column.substr(colon + 1));
    out.error = parsed.error;
    out.headers.emplace_back(column.substr(0, colon));
    out.paths.push_back(std::move(parsed.path));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return out;
}

Printed print_columns(std::span<const Value> objects, const PrintOptions& options) {
  const CustomColumns columns = parse_columns(options.output.argument);
  if (columns.error) return {{}, columns.error};
  TabWriter writer(TabWriter::kGet);
  const auto write_line = [&](const std::vector<std::string>& cells) {
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) writer.write("\t");
      writer.write(cells[i]);
    }
    writer.write("\n");
  };
  if (!options.no_headers) write_line(columns.headers);
  for (const Value& object : objects) {
    std::vector<std::string> cells;
    for (const JsonPath& path : columns.paths) {
      const JsonPath::Found found = path.find(object);
      if (found.error) return {{}, found.error};
      std::string cell;
      bool is_first = true;
      for (const std::vector<Value>& values : found.results) {
        for (const Value& value : values) {
          if (!is_first) cell += ',';
          is_first = false;
          cell += for_terminal(go_text(value));
        }
      }
      cells.push_back(is_first ? "<none>" : cell);
    }
    write_line(cells);
  }
  Printed out;
  writer.flush(out.text);
  return out;
}

}  // namespace

Output::Parsed Output::parse(std::string_view text) {
  struct Named {
    std::string_view name;
    Form form;
    bool takes_argument;
  };
  constexpr Named kForms[] = {
      {"", Form::kTable, false},
      {"wide", Form::kWide, false},
      {"name", Form::kName, false},
      {"json", Form::kJson, false},
      {"yaml", Form::kYaml, false},
      {"jsonpath", Form::kJsonPath, true},
      {"jsonpath-as-json", Form::kJsonPathAsJson, true},
      {"custom-columns", Form::kCustomColumns, true},
  };
  const size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  for (const Named& named : kForms) {
    const bool is_meant = named.takes_argument ? named.name == name : named.name == text;
    if (!is_meant) continue;
    Parsed out;
    out.output.form = named.form;
    if (named.takes_argument && equals != std::string_view::npos) {
      out.output.argument = text.substr(equals + 1);
    }
    if (out.output.argument.empty() && name.starts_with("jsonpath")) {
      out.error = errorf("template format specified but no template given");
    }
    return out;
  }
  return {{},
          errorf("unable to match a printer suitable for the output format \"", text,
                 "\", allowed formats are: custom-columns,custom-columns-file,go-template,"
                 "go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,"
                 "templatefile,wide,yaml")};
}

Value list_of(std::span<const Value> objects) {
  return json::Object()
      .set("apiVersion", "v1")
      .set("items", Value::array(objects))
      .set("kind", "List")
      .set("metadata", json::Object().set("resourceVersion", "").build())
      .build();
}

std::string kind_text(std::string_view api_version, std::string_view kind) {
  std::string out(kind);
  const std::string group = parse_group_version(api_version).group;
  if (!group.empty()) out += "." + group;
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string name_text(const Value& object) {
  return kind_text(api_version_of(object), kind_of(object)) + "/" + std::string(name_of(object));
}

Printed print_objects(std::span<const Value> objects, bool is_list, const PrintOptions& options) {
  const Output& output = options.output;
  std::vector<Value> shown(objects.begin(), objects.end());
  if (output.form == Form::kName) {
    Printed out;
    for (const Value& object : shown) out.text += name_text(object) + "\n";
    return out;
  }
  const bool is_whole = output.form == Form::kJson || output.form == Form::kYaml;
  if (is_whole && !options.show_managed_fields) {
    for (Value& object : shown) object = without_managed_fields(object);
  }
  if (output.form == Form::kCustomColumns) return print_columns(shown, options);
  const Value whole = is_list || shown.size() != 1 ? list_of(shown) : shown[0];
  Printed out;
  if (output.form == Form::kJson) {
    append_indented(out.text, whole);
    out.text += '\n';
  } else if (output.form == Form::kYaml) {
    if (options.append_yaml != nullptr) options.append_yaml(out.text, whole);
  } else {
    return print_json_path(whole, output);
  }
  return out;
}

}  // namespace sim::k8s::kubectl
