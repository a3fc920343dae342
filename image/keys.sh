#!/bin/bash
# A throwaway authority, release key and SSH key for repairs, for tests and for trying things out:  image/keys.sh DIR
# What signs releases lives offline, its key on a token: `kiosk image bundle --key 'pkcs11:…'`.
set -eu
mkdir -p "$1"
cd "$1"
[ -e repair ] || ssh-keygen -q -t ed25519 -N '' -C repair -f repair
[ ! -e ca.pem ] || exit 0
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj '/O=Kiosk/CN=kiosk test CA' \
  -keyout ca.key -out ca.new -addext 'keyUsage=critical,keyCertSign,cRLSign' 2> /dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/O=Kiosk/CN=kiosk test release' \
  -keyout rel.key -out rel.csr 2> /dev/null
openssl x509 -req -in rel.csr -CA ca.new -CAkey ca.key -CAcreateserial -days 730 -out rel.pem 2> /dev/null -extfile <(
  printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,emailProtection\n'
)
rm -f rel.csr
mv ca.new ca.pem
