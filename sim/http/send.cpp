#include "sim/http/send.h"

#include <optional>

#include "engine/sync/timer.h"

namespace sim::http {
namespace {

using engine::Error;
using engine::Ref;
using engine::Task;

/// Ends a client's timeout once the body is done with.
class TimedBody final : public Body::Source {
 public:
  TimedBody(Body body, engine::Cancelable timeout)
      : body_(std::move(body)), timeout_(std::move(timeout)) {}
  Task<net::ReadResult> read() override {
    const Ref<TimedBody> self(this);
    net::ReadResult result = co_await body_.read();
    if (!result.error) co_return result;
    if (result.error == Error(engine::kDeadlineExceeded)) {
      result.error = engine::errorf(result.error,
                                    " (Client.Timeout or context cancellation while reading body)");
    }
    timeout_.cancel();
    co_return result;
  }
  void close() override {
    body_.close();
    timeout_.cancel();
  }
  Header trailer() override { return body_.trailer(); }

 private:
  Body body_;
  engine::Cancelable timeout_;
};

std::string title_case(std::string_view method) {
  std::string out(method);
  for (size_t i = 1; i < out.size(); ++i) {
    if (out[i] >= 'A' && out[i] <= 'Z') out[i] = static_cast<char>(out[i] - 'A' + 'a');
  }
  return out;
}

}  // namespace

Task<RoundTrip> send_over(Transport transport, ClientOptions options, Request request) {
  const engine::Instant started = engine::now();
  std::optional<engine::Cancelable> timeout;
  if (options.timeout.ns > 0) {
    timeout = engine::with_timeout(request.context(), options.timeout);
    request.context = [context = timeout->context] { return context; };
  }
  const std::string method = request.method;
  for (int redirects = 0;; ++redirects) {
    const std::string url = request.url.text();
    const auto fail = [&](Error error) {
      if (timeout) {
        if (engine::since(started) >= options.timeout) {
          error = engine::errorf(error, " (Client.Timeout exceeded while awaiting headers)");
        }
        timeout->cancel();
      }
      return RoundTrip{{}, engine::make_error(UrlError{title_case(method), url, error})};
    };
    RoundTrip result = co_await transport(request);
    if (result.error) co_return fail(result.error);
    const int status = result.response.status;
    const bool keeps_method = status == 307 || status == 308;
    const bool redirects_on = keeps_method || (status >= 301 && status <= 303);
    const std::string location(result.response.header.get("Location"));
    const bool can_repeat = request.body.is_none() || request.get_body;
    if (!redirects_on || location.empty() || (keeps_method && !can_repeat)) {
      if (timeout) {
        if (result.response.body.is_none()) {
          timeout->cancel();
        } else {
          result.response.body =
              Body(Ref<Body::Source>(new TimedBody(std::move(result.response.body), *timeout)));
        }
      }
      co_return result;
    }
    const std::optional<Url> reference = parse_url(location);
    if (!reference) {
      co_return fail(
          engine::errorf("failed to parse Location header \"", location, "\": invalid URL"));
    }
    if (redirects + 1 >= options.redirects_max) {
      result.response.body.close();
      co_return fail(engine::errorf("stopped after ", options.redirects_max, " redirects"));
    }
    // The rest of a short answer is read, so that the connection can be used again.
    constexpr uint64_t kSlurpMost = 2 << 10;
    static_cast<void>(co_await result.response.body.read_all(kSlurpMost));
    result.response.body.close();
    Url next = resolve_reference(request.url, *reference);
    if (next.host != request.url.host) request.header.del("Authorization");
    request.header.set("Referer", url);
    request.host.clear();
    request.url = std::move(next);
    if (!keeps_method) {
      if (request.method != "GET" && request.method != "HEAD") request.method = "GET";
      request.body = {};
      request.get_body = nullptr;
      request.content_length = 0;
      request.header.del("Content-Type");
    } else if (request.get_body) {
      request.body = request.get_body();
    }
  }
}

NewRequest new_request(std::string_view method, std::string_view url, std::string body) {
  NewRequest made;
  std::optional<Url> parsed = parse_url(url);
  if (!parsed || !parsed->has_authority) {
    made.error = engine::errorf("parse \"", url, "\": invalid URL");
    return made;
  }
  made.request.method = method;
  made.request.url = std::move(*parsed);
  if (!body.empty()) {
    made.request.content_length = static_cast<int64_t>(body.size());
    made.request.get_body = [text = std::move(body)] { return Body::of(text); };
    made.request.body = made.request.get_body();
  }
  return made;
}

Task<RoundTrip> send_simple(Transport transport, ClientOptions options, std::string method,
                            std::string url, std::string type, std::string body) {
  NewRequest made = new_request(method, url, std::move(body));
  if (made.error) co_return RoundTrip{{}, made.error};
  if (!type.empty()) made.request.header.set("Content-Type", type);
  co_return co_await send_over(std::move(transport), options, std::move(made.request));
}

}  // namespace sim::http
