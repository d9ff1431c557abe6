#include "sim/k8s/kubectl/manifest.h"

#include "sim/json/print.h"
#include "sim/json/yaml.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::errorf;
using engine::Task;

std::string quoted(std::string_view text) {
  std::string out;
  json::append_quoted(out, text, false);
  return out;
}

Error invalid_data(std::string_view source, const Value& object) {
  std::string missing;
  const auto add = [&missing](std::string_view what) {
    if (!missing.empty()) missing += ", ";
    missing += what;
  };
  if (api_version_of(object).empty()) add("apiVersion not set");
  if (kind_of(object).empty()) add("kind not set");
  if (missing.empty()) return nullptr;
  if (missing.find(',') != std::string::npos) missing = "[" + missing + "]";
  return errorf("error validating ", quoted(source), ": error validating data: ", missing,
                "; if you choose to ignore these errors, turn validation off with "
                "--validate=false");
}

Task<Error> add_object(Call call, Value object, std::string source, Plan* into) {
  if (const Error error = invalid_data(source, object)) co_return error;
  const std::string api_version(api_version_of(object));
  const std::string kind_name(kind_of(object));
  if (object["items"].is_array() && kind_name.ends_with("List")) {
    for (const Value& item : object["items"].items()) {
      const Error error = co_await add_object(call, item, source, into);
      if (error) into->errors.push_back(error);
    }
    co_return nullptr;
  }
  const std::string space(namespace_of(object));
  const KindInfo* const kind = co_await kind_by_name(call, api_version, kind_name);
  if (kind == nullptr) {
    co_return errorf("resource mapping not found for name: ", quoted(name_of(object)),
                     " namespace: ", quoted(space), " from ", quoted(source),
                     ": no matches for kind ", quoted(kind_name), " in version ",
                     quoted(api_version), "\nensure CRDs are installed first");
  }
  Item item;
  item.kind = kind;
  item.name = name_of(object);
  item.source = source;
  if (kind->namespaced) {
    item.space = call->space();
    if (space.empty()) {
      object = with_meta(object, "namespace", item.space);
    } else if (!call->flags.given("namespace")) {
      item.space = space;
    } else if (space != item.space) {
      co_return errorf("the namespace from the provided object ", quoted(space),
                       " does not match the namespace ", quoted(item.space),
                       ". You must pass '--namespace=", space, "' to perform this operation.");
    }
  }
  item.object = object;
  into->items.push_back(std::move(item));
  co_return nullptr;
}

}  // namespace

Task<Plan> plan_of_files(Call call) {
  Plan out;
  out.is_from_files = true;
  std::vector<std::string> files = call->flags.list("filename");
  for (const std::string& file : files) {
    std::string text;
    const bool is_input = file == "-";
    if (is_input) {
      text = call->io.input;
    } else if (!call->io.read_file || !call->io.read_file(file, text)) {
      out.errors.push_back(errorf("the path ", quoted(file), " does not exist"));
      continue;
    }
    const std::string source = is_input ? "STDIN" : file;
    const json::Documents documents = json::parse_yaml_documents(text, source);
    for (const Value& object : documents.values) {
      const Error error = co_await add_object(call, object, source, &out);
      if (error) out.errors.push_back(error);
    }
    if (!documents.error.empty()) out.errors.push_back(errorf(documents.error));
  }
  out.is_single = out.items.size() == 1;
  co_return out;
}

std::string quoted_source(const Item& item) {
  return quoted(item.source);
}

}  // namespace sim::k8s::kubectl
