// sim/k8s/apiserver/table.h: objects as rows, as `kubectl get` asks for them.
//
// Concept: the server knows the columns of its kinds; a client that accepts
// `application/json;as=Table;v=v1;g=meta.k8s.io` gets them with cells that are ready to be printed.
// Columns with a priority are shown with `-o wide` only.
// Source: Kubernetes' documentation, "Receiving resources as Tables"; the columns of kubectl.

#pragma once

#include <span>
#include <string_view>

#include "sim/json/value.h"
#include "sim/k8s/apiserver/request.h"
#include "sim/k8s/schema/kinds.h"

namespace sim::k8s {

struct TableOptions {
  /// Nanoseconds since 1970, for ages.
  int64_t now_unix_ns = 0;
  /// What each row carries of its object: "Metadata", "Object", "None".
  std::string_view include_object = "Metadata";
  /// Whether rows come without column definitions, as in a watch after the first event.
  bool without_columns = false;
  /// Of a custom resource: its `additionalPrinterColumns`.
  json::Value custom_columns;
};

/// As a request asks for it, now.
TableOptions table_options(const RequestInfo& info);

/// A Table of `objects`. `list_meta` is the metadata of the list, or absent.
json::Value table_of(const KindInfo& kind, std::span<const json::Value> objects,
                     const json::Value& list_meta, const TableOptions& options);

}  // namespace sim::k8s
