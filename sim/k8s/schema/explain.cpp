#include "sim/k8s/schema/explain.h"

#include <algorithm>

#include "sim/k8s/api/object.h"

namespace sim::k8s {
namespace {

using json::Member;

constexpr std::string_view kReferencePrefix = "#/components/schemas/";

void append_indented(std::string& out, size_t amount, std::string_view text) {
  out.append(amount, ' ');
  for (const char c : text) {
    out += c;
    if (c == '\n') out.append(amount, ' ');
  }
}

std::string resource_text(const ExplainTarget& target) {
  return target.group + "/" + target.version + ", Resource=" + target.resource;
}

// Lays out schemas of one document.
class Explainer {
 public:
  Explainer(const Value& document, bool recursive)
      : schemas_(document["components"]["schemas"]), recursive_(recursive) {}

  // The references on the way to a schema, to notice circles.
  struct Seen {
    const Seen* before = nullptr;
    std::string_view reference;
    [[nodiscard]] bool has(std::string_view other) const {
      for (const Seen* each = this; each != nullptr; each = each->before) {
        if (!other.empty() && each->reference == other) return true;
      }
      return false;
    }
  };

  // Follows `fields` down and lays out what is there. Nothing if there is no such field.
  std::string output(const Value& schema, std::span<const std::string> fields, const Seen& seen) {
    const std::string_view reference = schema["$ref"].text();
    const Value& resolved = resolve(schema);
    if (fields.empty()) return layout(resolved);
    if (seen.has(reference)) return {};
    const Seen next{&seen, reference};
    const Value& property = resolved["properties"][fields[0]];
    if (property) {
      std::string out;
      if (fields.size() == 1) {
        out = "FIELD: " + fields[0] + " <" + type_of(property) + ">\n";
        append_values(out, property["enum"], true, 0);
        out += "\n\n";
      }
      return out + output(property, fields.subspan(1), {});
    }
    if (resolved["items"]) return output(resolved["items"], fields, next);
    if (has_values(resolved)) return output(resolved["additionalProperties"], fields, next);
    for (const Value& part : resolved["allOf"].items()) {
      std::string out = output(part, fields, next);
      if (!out.empty()) return out;
    }
    return {};
  }

 private:
  [[nodiscard]] const Value& resolve(const Value& schema) const {
    std::string_view reference = schema["$ref"].text();
    if (!reference.starts_with(kReferencePrefix)) return schema;
    const Value& found = schemas_[reference.substr(kReferencePrefix.size())];
    return found ? found : schema;
  }
  static bool has_values(const Value& schema) { return schema["additionalProperties"].is_object(); }

  std::string layout(const Value& schema) {
    std::string out = "DESCRIPTION:\n";
    std::string about = description(schema);
    if (about.empty()) about = "<empty>";
    append_indented(out, 4, wrapped(about, 76));
    out += '\n';
    std::string fields;
    append_fields(fields, schema, 1, {});
    if (!fields.empty()) out += "FIELDS:\n" + fields;
    return out;
  }

  // Of the schema and of all that it is made of, a line each.
  std::string description(const Value& schema) {
    const Value& resolved = resolve(schema);
    std::string out;
    if (!resolved["description"].is_zero()) {
      out += resolved["description"].text();
      out += '\n';
    }
    for (const Value& part : resolved["allOf"].items()) out += description(part);
    if (resolved["items"]) out += description(resolved["items"]);
    if (has_values(resolved)) out += description(resolved["additionalProperties"]);
    return out;
  }

  void append_fields(std::string& out, const Value& schema, size_t level, const Seen& seen) {
    const std::string_view reference = schema["$ref"].text();
    if (seen.has(reference)) return;
    const Seen next{&seen, reference};
    const Value& resolved = resolve(schema);
    for (const Member& property : resolved["properties"].members()) {
      append_field(out, resolved, property, level);
      if (recursive_) append_fields(out, property.value, level + 1, next);
    }
    for (const Value& part : resolved["allOf"].items()) append_fields(out, part, level, next);
    if (resolved["items"]) append_fields(out, resolved["items"], level, next);
    if (has_values(resolved)) append_fields(out, resolved["additionalProperties"], level, next);
  }

  void append_field(std::string& out, const Value& schema, const Member& property, size_t level) {
    const size_t indent = level * 2;
    append_indented(out, indent, property.name());
    out += "\t<" + type_of(property.value) + ">";
    const std::span<const Value> required = schema["required"].items();
    if (std::find(required.begin(), required.end(), property.key) != required.end()) {
      out += " -required-";
    }
    append_values(out, property.value["enum"], false, indent);
    out += '\n';
    if (recursive_) return;
    const Value& about = property.value["description"];
    append_indented(out, indent + 2,
                    wrapped(about.is_zero() ? "<no description>" : about.text(), 78 - indent));
    out += '\n';
    out += '\n';
  }

  static void append_values(std::string& out, const Value& values, bool is_long, size_t indent) {
    constexpr int kShown = 4;
    if (values.is_zero()) return;
    if (is_long) {
      out += "ENUM:";
    } else {
      out += '\n';
      append_indented(out, indent, "enum: ");
    }
    int index = 0;
    for (const Value& value : values.items()) {
      if (!is_long && index >= kShown) {
        out += ", ....";
        break;
      }
      if (is_long) {
        out += "\n    ";
      } else if (index > 0) {
        out += ", ";
      }
      const std::string_view text = value.text();
      out += value.is_string() && !text.empty() ? std::string(text) : value.to_json();
      ++index;
    }
  }

  // `[]Container`, `map[string]string`, `integer`
  std::string type_of(const Value& schema) {
    if (!schema["items"].is_zero()) return "[]" + type_of(schema["items"]);
    if (has_values(schema)) return "map[string]" + type_of(schema["additionalProperties"]);
    const Value& parts = schema["allOf"];
    if (parts.size() == 1 && schema["properties"].is_zero()) return type_of(parts[0]);
    const std::string_view reference = schema["$ref"].text();
    const std::string_view type = resolve(schema)["type"].text();
    if (!reference.empty() && (type.empty() || type == "object")) {
      return std::string(reference.substr(reference.find_last_of("./") + 1));
    }
    if (type == "object" || type.empty()) return "Object";
    return std::string(type);
  }

  const Value& schemas_;
  bool recursive_;
};

// The kind that the paths of a resource are about.
Value kind_at(const Value& document, const ExplainTarget& target) {
  const std::string prefix =
      (target.group.empty() ? "/api/" : "/apis/" + target.group + "/") + target.version + "/";
  const Value& paths = document["paths"];
  for (const std::string_view space : {"", "namespaces/{namespace}/"}) {
    for (const std::string_view item : {"", "/{name}"}) {
      std::string path = prefix;
      path += space;
      path += target.resource;
      path += item;
      for (const std::string_view method : {"get", "post", "put", "patch", "delete"}) {
        const Value& kind = paths[path][method]["x-kubernetes-group-version-kind"];
        if (kind) return kind;
      }
    }
  }
  return {};
}

// `pods.spec.containers` at its dots; `['x']` is a field as well. Nothing if there is anything else
// in brackets, or nothing between two dots.
bool split_path(std::string_view path, std::vector<std::string>& out) {
  if (path.ends_with('.')) path.remove_suffix(1);
  std::string field;
  bool is_open = true;  // whether a field may begin or go on
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '.' || path[i] == '[') {
      if (field.empty() && is_open) return false;
      if (!field.empty()) out.push_back(std::move(field));
      field.clear();
      is_open = true;
      if (path[i] == '.') continue;
      const std::string_view rest = path.substr(i);
      const size_t end = rest.find("']");
      if (!rest.starts_with("['") || end == std::string_view::npos) return false;
      out.emplace_back(rest.substr(2, end - 2));
      i += end + 1;
      is_open = false;
    } else {
      if (std::string_view("$*?@(){}]").find(path[i]) != std::string_view::npos) return false;
      field += path[i];
    }
  }
  if (!field.empty()) out.push_back(std::move(field));
  return !out.empty();
}

}  // namespace

ExplainTarget explain_target(std::string_view what, std::string_view api_version,
                             std::span<const KindInfo> kinds) {
  ExplainTarget target;
  std::vector<std::string> parts;
  if (!split_path(what, parts)) {
    target.error = "error: invalid jsonpath syntax, first node must be field node";
    return target;
  }
  const std::vector<const KindInfo*> found = matching_resources(parts[0], kinds);
  if (found.empty()) {
    target.error = "the server doesn't have a resource type \"" + parts[0] + "\"";
    return target;
  }
  const KindInfo* chosen = found[0];
  size_t taken = 1;  // parts that name the resource
  if (api_version.empty()) {
    for (const KindInfo* each : found) {
      std::string name(each->plural);
      if (!each->group.empty()) name += "." + std::string(each->group);
      if (!what.starts_with(name)) continue;
      chosen = each;
      taken = 1 + static_cast<size_t>(std::count(name.begin(), name.end(), '.'));
      break;
    }
  }
  target.group = chosen->group;
  target.version = chosen->version;
  target.resource = chosen->plural;
  if (!api_version.empty()) {
    GroupVersion wanted = parse_group_version(api_version);
    target.group = std::move(wanted.group);
    target.version = std::move(wanted.version);
  }
  taken = std::min(taken, parts.size());
  target.fields.assign(parts.begin() + static_cast<std::ptrdiff_t>(taken), parts.end());
  return target;
}

Explained explain(const Value& document, const ExplainTarget& target, bool recursive) {
  Explained out;
  if (!target.error.empty()) return {{}, target.error};
  if (!document) {
    return {{}, "error: couldn't find resource for \"" + resource_text(target) + "\""};
  }
  const Value kind = kind_at(document, target);
  if (!kind) {
    return {{}, "error: GVR (" + resource_text(target) + ") not found in OpenAPI schema"};
  }
  const auto append_line = [&](std::string_view title, std::string_view text) {
    out.text += title;
    out.text += text;
    out.text += '\n';
  };
  if (!kind["group"].is_zero()) append_line("GROUP:      ", kind["group"].text());
  append_line("KIND:       ", kind["kind"].text());
  append_line("VERSION:    ", kind["version"].text());
  out.text += '\n';
  for (const Member& schema : document["components"]["schemas"].members()) {
    const std::span<const Value> marks = schema.value["x-kubernetes-group-version-kind"].items();
    if (std::find(marks.begin(), marks.end(), kind) == marks.end()) continue;
    const std::string body = Explainer(document, recursive).output(schema.value, target.fields, {});
    if (body.empty()) {
      out.error = "error: field \"" + target.fields.back() + "\" does not exist";
      return out;
    }
    out.text += body + "\n";
    return out;
  }
  out.error = "error: GVK not found in OpenAPI schema";
  return out;
}

std::string wrapped(std::string_view text, size_t width) {
  std::string out;
  std::string word;
  std::string spaces;
  size_t column = 0;  // characters of the line in `out`
  size_t letters = 0;
  const auto flush = [&] {
    column += spaces.size() + letters;
    out += spaces;
    out += word;
    spaces.clear();
    word.clear();
    letters = 0;
  };
  for (const char c : text) {
    if (c == '\n') {
      if (word.empty() && column + spaces.size() > width) spaces.clear();
      flush();
      out += '\n';
      column = 0;
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f') {
      if (spaces.empty() || !word.empty()) flush();
      spaces += c;
    } else {
      word += c;
      if ((static_cast<uint8_t>(c) & 0xC0) != 0x80) ++letters;  // one for each character of UTF-8
      if (column + letters + spaces.size() > width && letters < width) {
        out += '\n';
        column = 0;
        spaces.clear();
      }
    }
  }
  if (word.empty() && column + spaces.size() > width) spaces.clear();
  flush();
  return out;
}

}  // namespace sim::k8s
