#include "sim/k8s/kubectl/waiting.h"

#include <utility>

namespace sim::k8s::kubectl {

using engine::Error;
using engine::Task;

Task<Error> wait_until(Call call, Item item, LookAt look, engine::Context context) {
  const std::string fields = "metadata.name=" + item.name;
  while (true) {
    const ListResult list = co_await list_all(call, item.kind, item.space, std::string(), fields);
    if (context.err()) co_return kTimedOut;
    if (list.error) co_return list.error;
    const Look first = look(list.items.empty() ? Value() : list.items[0]);
    if (first.is_done || first.error) co_return first.error;
    Query query("GET", path_of(*item.kind, item.space));
    query.with("fieldSelector", fields).with("resourceVersion", list.resource_version);
    query.with("watch", "true");
    RestClient::RawRequest request("GET", query.target());
    const http::RoundTrip trip = co_await call->client.open(context, std::move(request));
    if (context.err()) co_return kTimedOut;
    if (trip.error) co_return connection_error(call->client, trip.error);
    if (trip.response.status >= 400) {
      const http::Body::All all = co_await trip.response.body.read_all();
      co_return error_of(trip.response.status, all.text);
    }
    const WatchStream stream(trip.response.body);
    while (true) {
      const WatchStream::Event event = co_await stream.next();
      if (event.error || event.type == "ERROR") break;  // listed anew
      if (event.type == "BOOKMARK") continue;
      const Look next = look(event.type == "DELETED" ? Value() : event.object);
      if (!next.is_done && !next.error) continue;
      stream.stop();
      co_return next.error;
    }
    if (context.err()) co_return kTimedOut;
  }
}

Task<Error> wait_for_deletion(Call call, Item item, std::string uid, engine::Context context) {
  LookAt look = [uid](const Value& object) {
    Look out;
    out.is_done = !object || (!uid.empty() && uid_of(object) != uid);
    return out;
  };
  co_return co_await wait_until(std::move(call), std::move(item), std::move(look),
                                std::move(context));
}

}  // namespace sim::k8s::kubectl
