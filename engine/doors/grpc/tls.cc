#include "engine/doors/grpc/tls.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>

#include <cstdlib>
#include <mutex>

namespace casewheel::doors {
namespace {

// Not grpc::experimental::TlsServerCredentials: in 1.51 its file watcher takes whatever the files
// hold and throws away the working certificate before it tries the new one, so that a key that does
// not match ends all handshakes. The callback of the core API keeps the old one until a new one works,
// but has no C++ face, hence this class.
class ReloadingCredentials final : public ::grpc::ServerCredentials {
 public:
  ReloadingCredentials(const Certificates& certificates, ClientCertificate client)
      : certificates_(certificates) {
    const TlsFiles& files = certificates.files();
    const grpc_ssl_client_certificate_request_type asked =
        files.client_ca.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
        : files.client_required || client == ClientCertificate::kRequired
            ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
            : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY;
    credentials_ = grpc_ssl_server_credentials_create_with_options(
        grpc_ssl_server_credentials_create_options_using_config_fetcher(asked, fetch, this));
  }
  ~ReloadingCredentials() override { grpc_server_credentials_release(credentials_); }

  void SetAuthMetadataProcessor(
      const std::shared_ptr<::grpc::AuthMetadataProcessor>& /*processor*/) override {
    CASEWHEEL_CHECK(false, "callers are told apart by the handlers, not by gRPC's processor");
  }

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  // Called at each handshake, before it begins.
  static grpc_ssl_certificate_config_reload_status fetch(
      void* self, grpc_ssl_server_certificate_config** config) {
    return static_cast<ReloadingCredentials*>(self)->fetch_config(config);
  }
  grpc_ssl_certificate_config_reload_status fetch_config(
      grpc_ssl_server_certificate_config** config) {
    std::shared_ptr<const Certificate> current = certificates_.current();
    const std::lock_guard lock(mutex_);
    if (current == given_) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    const grpc_ssl_pem_key_cert_pair pair{current->key.c_str(), current->certificate.c_str()};
    // gRPC insists on some authority even where no client is asked for a certificate; it then stands
    // unused, and the server's own certificate is as good as any.
    const std::string& authority =
        current->client_ca.empty() ? current->certificate : current->client_ca;
    *config = grpc_ssl_server_certificate_config_create(authority.c_str(), &pair, 1);
    given_ = std::move(current);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  const Certificates& certificates_;
  grpc_server_credentials* credentials_ = nullptr;
  std::mutex mutex_;
  std::shared_ptr<const Certificate> given_;
};

}  // namespace

void pin_tls_suites() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the one thread there is
  ::setenv("GRPC_SSL_CIPHER_SUITES", kTls12Suites, 1);
}

std::shared_ptr<::grpc::ServerCredentials> tls_credentials(const Certificates& certificates,
                                                           ClientCertificate client) {
  return std::make_shared<ReloadingCredentials>(certificates, client);
}

}  // namespace casewheel::doors
