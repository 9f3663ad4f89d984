//! A real OpenLDAP server for a test of its own, with certificates of its own.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

const SLAPD: &str = "/usr/sbin/slapd";
const SCHEMAS: &str = "/etc/ldap/schema";

/// A server of its own: own folder, own ports on this machine; ended by pid.
pub struct Server {
    pub process: Child,
    /// For `ldap://`.
    pub port: u16,
    /// For `ldaps://`.
    pub tls_port: u16,
    /// The certificate that signed the server's.
    pub ca_file: PathBuf,
    /// Removed with the server.
    _folder: tempfile::TempDir,
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Somebody who may sign certificates.
fn authority(name: &str) -> (String, Issuer<'static, KeyPair>) {
    let mut params = CertificateParams::new(Vec::default()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    (pem, Issuer::new(params, key))
}

/// Writes the certificate of an authority that signed nothing here.
pub fn foreign_ca(folder: &Path) -> PathBuf {
    let file = folder.join("foreign.pem");
    std::fs::write(&file, authority("foreign").0).unwrap();
    file
}

fn run(program: &str, folder: &Path, arguments: &[&str]) {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    let done = command.status().expect("OpenLDAP is missing: apt-get install slapd");
    assert!(done.success(), "{program} {arguments:?}");
}

impl Server {
    /// Starts one over these entries, with a certificate for `localhost` only.
    pub fn start(entries: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (ca, issuer) = authority("plant");
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        for (name, text) in [
            ("ca.pem", ca),
            ("certificate.pem", certificate.pem()),
            ("key.pem", key.serialize_pem()),
            ("entries.ldif", entries.to_owned()),
        ] {
            std::fs::write(path(name), text).unwrap();
        }
        std::fs::create_dir(path("data")).unwrap();
        let here = folder.path().display();
        let settings = format!(
            "include {SCHEMAS}/core.schema\ninclude {SCHEMAS}/cosine.schema\n\
             include {SCHEMAS}/inetorgperson.schema\npidfile {here}/pid\n\
             modulepath /usr/lib/ldap\nmoduleload back_mdb\n\
             TLSCACertificateFile {here}/ca.pem\nTLSCertificateFile {here}/certificate.pem\n\
             TLSCertificateKeyFile {here}/key.pem\n\
             database mdb\nsuffix dc=plant\ndirectory {here}/data\n\
             access to attrs=userPassword by anonymous auth by * none\n\
             access to * by users read by * none\n"
        );
        std::fs::write(path("slapd.conf"), settings).unwrap();
        run("/usr/sbin/slapadd", folder.path(), &["-f", "slapd.conf", "-l", "entries.ldif"]);
        let (port, tls_port) = (free_port(), free_port());
        let listen = format!("ldap://127.0.0.1:{port} ldaps://127.0.0.1:{tls_port}");
        let process = Command::new(SLAPD)
            .args(["-f", "slapd.conf", "-d", "0", "-h", &listen])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, tls_port)).is_err() {
            assert!(Instant::now() < deadline, "OpenLDAP did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { process, port, tls_port, ca_file: path("ca.pem"), _folder: folder }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
