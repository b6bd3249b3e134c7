# What an image of PostgreSQL does when it starts, as far as docker-compose.yml asks for it.
data=/var/lib/postgresql/data
as_user() { su -s /bin/sh nobody -c "PATH=/usr/lib/postgresql/15/bin:\$PATH; $1"; }
if [ ! -e $data ]; then
  mkdir $data
  cp "$POSTGRES_PASSWORD_FILE" /tmp/password
  chown nobody $data /tmp/password
  as_user "initdb --username=$POSTGRES_USER --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256 \
    --encoding=UTF8 --no-locale --no-sync --pgdata=$data"
  echo "host all all all scram-sha-256" >>$data/pg_hba.conf
  as_user "echo 'create database $POSTGRES_DB' | postgres --single -D $data postgres"
fi
exec su -s /bin/sh nobody -c "exec /usr/lib/postgresql/15/bin/postgres -D $data -c listen_addresses='*' -c unix_socket_directories=/tmp"
