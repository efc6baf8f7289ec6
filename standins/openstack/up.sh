#!/usr/bin/env bash
# Keystone, Glance, Placement, Neutron and Nova as they are released, on loopback: no broker, no database server, no rights of
# root. Nova's hypervisor is its own fake: instances become active and run nothing. VENV has the modules of requirements.txt; DIR
# is made anew, and gets a NAME.pid for each service. KEYSTONE_PORT, GLANCE_PORT, PLACEMENT_PORT, NEUTRON_PORT and NOVA_PORT say
# where each listens. MACHINES makes instances more than states: `Light` or `Emulated`, at addresses 127.ADDRESS_BLOCK.0.x.
set -euo pipefail
VENV=$1 DIR=$2 HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
B=$VENV/bin; export PYTHONWARNINGS=ignore
rm -rf "$DIR"; mkdir -p "$DIR"/{db,keys,images,log,instances,lock,staging,tasks,conf/{keystone,glance,placement,neutron,nova}}
K=http://127.0.0.1:$KEYSTONE_PORT/v3
DRIVER=fake.FakeDriverWithoutFakeNodes
if [ -n "${MACHINES:-}" ]; then DRIVER=machines.${MACHINES}Driver; fi

# auth SECTION USER [TYPE]: how a service proves who it is; TYPE, its own, is needed for credentials with access rules.
auth() {
  printf '[%s]\nauth_url=%s\nwww_authenticate_uri=%s\nauth_type=password\nusername=%s\npassword=secret\nproject_name=service\n' \
    "$1" "$K" "$K" "$2"
  printf 'user_domain_id=default\nproject_domain_id=default\nregion_name=RegionOne\n'
  if [ $# = 3 ]; then printf 'service_type=%s\n' "$3"; fi
}

cat > "$DIR/conf/keystone/keystone.conf" <<C
[DEFAULT]
log_file=$DIR/log/keystone.log
[database]
connection=sqlite:///$DIR/db/keystone.sqlite
# Passwords are checked with every request for a token, and slowly by default.
[identity]
password_hash_rounds=4
[fernet_tokens]
key_repository=$DIR/keys/fernet
[fernet_receipts]
key_repository=$DIR/keys/receipts
[credential]
key_repository=$DIR/keys/credential
C
cat > "$DIR/conf/glance/glance-api.conf" <<C
[DEFAULT]
log_file=$DIR/log/glance.log
enabled_backends=file1:file
enabled_import_methods=[glance-direct,web-download]
[database]
connection=sqlite:///$DIR/db/glance.sqlite
[glance_store]
default_backend=file1
[file1]
filesystem_store_datadir=$DIR/images
[os_glance_staging_store]
filesystem_store_datadir=$DIR/staging
[os_glance_tasks_store]
filesystem_store_datadir=$DIR/tasks
[paste_deploy]
flavor=keystone
[oslo_concurrency]
lock_path=$DIR/lock
$(auth keystone_authtoken glance image)
C
cat > "$DIR/conf/placement/placement.conf" <<C
[DEFAULT]
log_file=$DIR/log/placement.log
[placement_database]
connection=sqlite:///$DIR/db/placement.sqlite
$(auth keystone_authtoken placement placement)
C
cat > "$DIR/conf/neutron/neutron.conf" <<C
[DEFAULT]
log_file=$DIR/log/neutron.log
state_path=$DIR
core_plugin=ml2
service_plugins=router
transport_url=fake://
api_paste_config=$DIR/conf/neutron/api-paste.ini
notify_nova_on_port_status_changes=false
notify_nova_on_port_data_changes=false
dhcp_agent_notification=false
[database]
connection=sqlite:///$DIR/db/neutron.sqlite
[oslo_concurrency]
lock_path=$DIR/lock
[ml2]
type_drivers=flat,local
tenant_network_types=local
mechanism_drivers=anyhost
[ml2_type_flat]
flat_networks=public
$(auth keystone_authtoken neutron network)
C
cat > "$DIR/conf/nova/nova.conf" <<C
[DEFAULT]
log_file=$DIR/log/nova.log
state_path=$DIR
instances_path=$DIR/instances
transport_url=fake://
compute_driver=$DRIVER
my_ip=127.0.0.1
host=compute-1
vif_plugging_timeout=0
vif_plugging_is_fatal=false
shutdown_timeout=1
api_paste_config=$DIR/conf/nova/api-paste.ini
concurrency_backend=threading
[database]
connection=sqlite:///$DIR/db/nova.sqlite
[api_database]
connection=sqlite:///$DIR/db/nova_api.sqlite
[oslo_concurrency]
lock_path=$DIR/lock
[filter_scheduler]
track_instance_changes=false
[service_user]
send_service_user_token=true
$(auth service_user nova | tail -n +2)
$(auth placement placement)
$(auth neutron neutron)
$(auth keystone nova)
$(auth keystone_authtoken nova compute)
C
cp "$VENV"/etc/glance/glance-api-paste.ini "$DIR/conf/glance/"
cp "$VENV"/etc/neutron/api-paste.ini "$DIR/conf/neutron/"
cp "$VENV"/etc/nova/api-paste.ini "$DIR/conf/nova/"

# Schemas: the services' own migrations, but Neutron's cannot run on sqlite, so its tables come from its models.
kc=(--config-file "$DIR/conf/keystone/keystone.conf"); nc=(--config-file "$DIR/conf/nova/nova.conf")
(
  "$B/keystone-manage" "${kc[@]}" db_sync
  for what in fernet_setup credential_setup; do "$B/keystone-manage" "${kc[@]}" $what --keystone-user root --keystone-group root; done
  "$B/keystone-manage" "${kc[@]}" bootstrap --bootstrap-password secret --bootstrap-region-id RegionOne \
    --bootstrap-public-url "$K" --bootstrap-internal-url "$K" --bootstrap-admin-url "$K"
) > "$DIR/log/keystone-db" 2>&1 &
"$B/glance-manage" --config-file "$DIR/conf/glance/glance-api.conf" db_sync > "$DIR/log/glance-db" 2>&1 &
"$B/placement-manage" --config-dir "$DIR/conf/placement" db sync > "$DIR/log/placement-db" 2>&1 &
(
  "$B/nova-manage" "${nc[@]}" api_db sync
  "$B/nova-manage" "${nc[@]}" cell_v2 map_cell0 --database_connection "sqlite:///$DIR/db/nova_cell0.sqlite"
  "$B/nova-manage" "${nc[@]}" cell_v2 create_cell --name cell1 --transport-url fake:// \
    --database_connection "sqlite:///$DIR/db/nova.sqlite"
  "$B/nova-manage" "${nc[@]}" db sync
) > "$DIR/log/nova-db" 2>&1 &
"$B/python" - "$DIR" > "$DIR/log/neutron-db" 2>&1 <<'P' &
import sys
import sqlalchemy
from neutron.db.migration.models import head
head.get_metadata().create_all(sqlalchemy.create_engine(f"sqlite:///{sys.argv[1]}/db/neutron.sqlite"))
P
wait

# serve NAME PORT MODULE ARGS...: a WSGI service under gunicorn.
serve() {
  local name=$1 port=$2 module=$3; shift 3
  printf 'import sys, immediate\nsys.argv = %s\nfrom %s import application\n' "$(printf '"%s",' "$name" "$@" | sed 's/^/[/; s/,$/]/')" "$module" \
    > "$DIR/${name}_app.py"
  ( cd "$DIR" && exec "$B/gunicorn" --no-control-socket -k gthread --threads 4 --log-level warning -b "127.0.0.1:$port" \
    "${name}_app:application" ) > "$DIR/log/$name.out" 2>&1 &
  echo $! > "$DIR/$name.pid"
}
export OS_KEYSTONE_CONFIG_DIR=$DIR/conf/keystone OS_GLANCE_CONFIG_DIR=$DIR/conf/glance OS_PLACEMENT_CONFIG_DIR=$DIR/conf/placement
export PYTHONPATH=$HERE/plug
serve keystone "$KEYSTONE_PORT" keystone.wsgi.api
serve glance "$GLANCE_PORT" glance.wsgi.api
serve placement "$PLACEMENT_PORT" placement.wsgi.api
serve neutron "$NEUTRON_PORT" neutron.wsgi.api --config-file "$DIR/conf/neutron/neutron.conf"
answers() { for _ in $(seq 720); do curl -s -m 2 -o /dev/null "http://127.0.0.1:$1/" && return; sleep 0.25; done; return 1; }
for port in "$KEYSTONE_PORT" "$GLANCE_PORT" "$PLACEMENT_PORT" "$NEUTRON_PORT"; do answers "$port"; done
"$B/python" "$HERE/seed.py" before-nova > "$DIR/log/seed" 2>&1
( cd "$DIR" && OS_NOVA_CONFIG_DIR=$DIR/conf/nova exec "$B/python" "$HERE/nova_all.py" "$DIR/conf/nova/nova.conf" "$NOVA_PORT" ) \
  > "$DIR/log/nova.out" 2>&1 &
echo $! > "$DIR/nova.pid"
answers "$NOVA_PORT"
"$B/python" "$HERE/seed.py" after-nova >> "$DIR/log/seed" 2>&1
