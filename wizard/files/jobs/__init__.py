"""The job configuration: job_conf.yml, inside galaxy.yml, or job_conf.xml."""
