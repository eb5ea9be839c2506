// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDirectory} from "../../src/interfaces/IDirectory.sol";
import {LedgerBase} from "../LedgerBase.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

contract DirectoryTest is LedgerBase {
    uint16 private constant ROLES = 0x21;
    bytes32 private constant PROFILE = keccak256("profile");
    string private constant URL = "https://luz.example/.well-known/anamnesis";

    address private next = addressOf("next operator");

    function unauthorized(address caller) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller);
    }

    function admitLuz() private returns (uint32) {
        vm.prank(council);
        return directory.admit(ROLES, 620, luz, START + YEAR, PROFILE, URL);
    }

    function test_constructor_startsEmpty() public view {
        same(directory.organizationCount(), 0, "count");
        same(directory.organizationOf(luz), 0, "organization of an unknown key");
        same(directory.organizationOf(address(0)), 0, "organization of nobody");
        same(uint8(directory.organization(1).status), uint8(IDirectory.Status.None), "status");
        isFalse(directory.isActive(0), "nobody is active");
        isFalse(directory.isActive(1), "unknown is active");
        isFalse(directory.hasRole(0, 0), "nobody has a role");
        same(directory.authority(), address(authority), "authority");
        same(directory.version(), "1.0.0", "version");
    }

    function test_admit_recordsTheOrganization() public {
        vm.expectEmit(address(directory));
        emit IDirectory.OrganizationAdmitted(1, luz, ROLES, 620, START + YEAR, PROFILE, URL);
        vm.expectEmit(address(directory));
        emit IDirectory.EmergencyQuotaChanged(1, 16);
        same(admitLuz(), 1, "id");

        IDirectory.Organization memory found = directory.organization(1);
        same(found.roles, ROLES, "roles");
        same(found.jurisdiction, 620, "jurisdiction");
        same(uint8(found.status), uint8(IDirectory.Status.Active), "status");
        same(found.since, START, "since");
        same(found.operator, luz, "operator");
        same(found.operatorUntil, START + YEAR, "operator until");
        same(found.emergencyQuota, 16, "quota of a provider");
        same(found.profileHash, PROFILE, "profile");
        same(directory.organizationOf(luz), 1, "organization of the operator");
        same(directory.organizationCount(), 1, "count");
        isTrue(directory.isActive(1), "active");
    }

    function test_admit_numbersInOrder() public {
        same(admit(luz, 620), 1, "first");
        same(admit(aldhelm, 826), 2, "second");
        same(directory.organizationOf(luz), 1, "first keeps its number");
        same(directory.organizationOf(aldhelm), 2, "second has its own");
    }

    function test_admit_revertsIfNotCouncil() public {
        vm.prank(stranger);
        vm.expectRevert(unauthorized(stranger));
        directory.admit(ROLES, 620, luz, START + YEAR, PROFILE, URL);
    }

    function test_admit_revertsIfOperatorIsZero() public {
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_InvalidOperator.selector, address(0)));
        directory.admit(ROLES, 620, address(0), START + YEAR, PROFILE, URL);
    }

    function test_admit_revertsIfOperatorIsTaken() public {
        admitLuz();
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_OperatorTaken.selector, luz, 1));
        directory.admit(ROLES, 826, luz, START + YEAR, PROFILE, URL);
    }

    function test_admit_revertsIfOperatorHasEnded() public {
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_InvalidExpiry.selector, START, START));
        directory.admit(ROLES, 620, luz, START, PROFILE, URL);
    }

    function test_admit_revertsIfJurisdictionIsNoCode() public {
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_InvalidJurisdiction.selector, 0));
        directory.admit(ROLES, 0, luz, START + YEAR, PROFILE, URL);
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_InvalidJurisdiction.selector, 1000));
        directory.admit(ROLES, 1000, luz, START + YEAR, PROFILE, URL);
        vm.prank(council);
        directory.admit(ROLES, 999, luz, START + YEAR, PROFILE, URL);
    }

    function test_admit_givesOthersThanProvidersNoQuota() public {
        vm.prank(council);
        directory.admit(0xfffe, 620, luz, START + YEAR, PROFILE, URL);
        same(directory.organization(1).emergencyQuota, 0, "quota");
    }

    function test_admit_revertsIfOperatorActsTooLong() public {
        uint48 latest = START + directory.MAX_OPERATOR_LIFE();
        vm.startPrank(council);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_ExpiryTooFar.selector, latest + 1, latest));
        directory.admit(ROLES, 620, luz, latest + 1, PROFILE, URL);
        same(directory.admit(ROLES, 620, luz, latest, PROFILE, URL), 1, "the latest end");
    }

    function test_suspend_silencesOperatorAndRolesAtOnce() public {
        admitLuz();
        vm.expectEmit(address(directory));
        emit IDirectory.OrganizationSuspended(1);
        vm.prank(council);
        directory.suspend(1);
        same(directory.organizationOf(luz), 0, "operator acts");
        isFalse(directory.isActive(1), "active");
        isFalse(directory.hasRole(1, 0), "role");
        same(uint8(directory.organization(1).status), uint8(IDirectory.Status.Suspended), "status");
        same(directory.organization(1).operatorUntil, START + YEAR, "end of the key");
    }

    function test_suspend_revertsIfNotCouncil() public {
        admitLuz();
        vm.prank(luz);
        vm.expectRevert(unauthorized(luz));
        directory.suspend(1);
    }

    function test_suspend_revertsIfUnknown() public {
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_UnknownOrganization.selector, 7));
        directory.suspend(7);
    }

    function test_suspend_revertsIfSuspended() public {
        admitLuz();
        vm.startPrank(council);
        directory.suspend(1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDirectory.Directory_WrongStatus.selector, 1, IDirectory.Status.Suspended, IDirectory.Status.Active
            )
        );
        directory.suspend(1);
    }

    function test_reinstate_letsActAgain() public {
        admitLuz();
        vm.startPrank(council);
        directory.suspend(1);
        vm.expectEmit(address(directory));
        emit IDirectory.OrganizationReinstated(1);
        directory.reinstate(1);
        same(directory.organizationOf(luz), 1, "operator");
        isTrue(directory.isActive(1), "active");
        isTrue(directory.hasRole(1, 5), "role");
    }

    function test_reinstate_revertsIfNotCouncil() public {
        admitLuz();
        vm.prank(council);
        directory.suspend(1);
        vm.prank(luz);
        vm.expectRevert(unauthorized(luz));
        directory.reinstate(1);
    }

    function test_reinstate_revertsIfActive() public {
        admitLuz();
        vm.prank(council);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDirectory.Directory_WrongStatus.selector, 1, IDirectory.Status.Active, IDirectory.Status.Suspended
            )
        );
        directory.reinstate(1);
    }

    function test_setRoles_replacesAll() public {
        admitLuz();
        isTrue(directory.hasRole(1, 0) && directory.hasRole(1, 5), "admitted roles");
        isFalse(directory.hasRole(1, 1), "other role");
        vm.expectEmit(address(directory));
        emit IDirectory.RolesChanged(1, 0x8002);
        vm.prank(council);
        directory.setRoles(1, 0x8002);
        isTrue(directory.hasRole(1, 1) && directory.hasRole(1, 15), "new roles");
        isFalse(directory.hasRole(1, 0), "old role");
        isFalse(directory.hasRole(1, 16), "beyond the bitmap");
        isFalse(directory.hasRole(1, 255), "far beyond the bitmap");
    }

    function test_setRoles_takesTheQuotaWithTheRoleOfProvider() public {
        admitLuz();
        vm.startPrank(council);
        directory.setRoles(1, 1);
        same(directory.organization(1).emergencyQuota, 16, "still a provider");
        vm.expectEmit(address(directory));
        emit IDirectory.EmergencyQuotaChanged(1, 0);
        directory.setRoles(1, 2);
        same(directory.organization(1).emergencyQuota, 0, "a laboratory");
        directory.setRoles(1, 1);
        same(directory.organization(1).emergencyQuota, 0, "a provider again");
    }

    function test_setEmergencyQuota_changesItForRecordAndKey() public {
        admitLuz();
        vm.expectEmit(address(directory));
        emit IDirectory.EmergencyQuotaChanged(1, 255);
        vm.prank(council);
        directory.setEmergencyQuota(1, 255);
        same(directory.organization(1).emergencyQuota, 255, "quota");
        (uint32 id, uint16 roles, uint8 quota) = directory.operatorAt(luz, START);
        same(id, 1, "id");
        same(roles, ROLES, "roles");
        same(quota, 255, "quota of the key");
    }

    function test_setEmergencyQuota_revertsIfNotCouncilOrUnknown() public {
        admitLuz();
        vm.prank(luz);
        vm.expectRevert(unauthorized(luz));
        directory.setEmergencyQuota(1, 200);
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_UnknownOrganization.selector, 2));
        directory.setEmergencyQuota(2, 1);
    }

    function test_membership_countsTheActiveAndTheDepartures() public {
        expectMembership(0, 0);
        admit(luz, 620);
        admit(aldhelm, 826);
        expectMembership(2, 0);
        vm.startPrank(council);
        directory.suspend(1);
        expectMembership(1, 1);
        directory.reinstate(1);
        expectMembership(2, 1);
        directory.suspend(2);
        expectMembership(1, 2);
    }

    function expectMembership(uint32 active, uint32 epoch) private view {
        (uint32 actualActive, uint32 actualEpoch) = directory.membership();
        same(actualActive, active, "active");
        same(actualEpoch, epoch, "epoch");
    }

    function test_setRoles_revertsIfNotCouncil() public {
        admitLuz();
        vm.prank(luz);
        vm.expectRevert(unauthorized(luz));
        directory.setRoles(1, 0xff);
    }

    function test_setRoles_revertsIfUnknown() public {
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_UnknownOrganization.selector, 1));
        directory.setRoles(1, 1);
    }

    function test_replaceOperator_helpsWhenTheKeyHasEnded() public {
        admitLuz();
        vm.warp(START + YEAR);
        vm.expectEmit(address(directory));
        emit IDirectory.OperatorRotated(1, luz, next, START + 2 * YEAR);
        vm.prank(council);
        directory.replaceOperator(1, next, START + 2 * YEAR);
        same(directory.organizationOf(next), 1, "new key");
        same(directory.organizationOf(luz), 0, "old key");
    }

    function test_replaceOperator_keepsASuspension() public {
        admitLuz();
        vm.startPrank(council);
        directory.suspend(1);
        directory.replaceOperator(1, next, START + YEAR);
        same(directory.organizationOf(next), 0, "while suspended");
        directory.replaceOperator(1, next, START + 2 * YEAR);
        same(directory.organizationOf(next), 0, "renewed while suspended");
        directory.reinstate(1);
        same(directory.organizationOf(next), 1, "reinstated");
        same(directory.organizationOf(luz), 0, "old key after reinstatement");
        same(directory.organization(1).operatorUntil, START + 2 * YEAR, "until");
    }

    function test_replaceOperator_revertsIfNotCouncil() public {
        admitLuz();
        vm.prank(luz);
        vm.expectRevert(unauthorized(luz));
        directory.replaceOperator(1, next, START + YEAR);
    }

    function test_replaceOperator_revertsIfUnknown() public {
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_UnknownOrganization.selector, 1));
        directory.replaceOperator(1, next, START + YEAR);
    }

    function test_setProfile_publishesTheNewOne() public {
        admitLuz();
        vm.expectEmit(address(directory));
        emit IDirectory.ProfileChanged(1, keccak256("second"), "https://luz.example/second");
        vm.prank(luz);
        directory.setProfile(keccak256("second"), "https://luz.example/second");
        same(directory.organization(1).profileHash, keccak256("second"), "hash");
    }

    function test_setProfile_revertsIfNotOperator() public {
        admitLuz();
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_NotOperator.selector, council));
        directory.setProfile(PROFILE, URL);
    }
}
